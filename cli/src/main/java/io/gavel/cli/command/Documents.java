package io.gavel.cli.command;

import io.gavel.cli.output.Json;
import io.gavel.client.Bytes;
import io.gavel.client.kv.Entry;
import io.gavel.client.lock.LockStatus;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The JSON shapes that more than one command prints.
final class Documents {
    private Documents() {}

    static Object text(Bytes bytes) {
        return Json.text(bytes.toByteArray());
    }

    /// One line of text for a table: binary as base64.
    static String cell(Bytes bytes) {
        Object text = text(bytes);
        return text instanceof String string ? string : Json.write(text);
    }

    /// Session ids are opaque: text, so that no reader rounds them.
    static String id(long id) {
        return Long.toUnsignedString(id);
    }

    static Map<String, @Nullable Object> entry(Entry entry, boolean keysOnly) {
        return Json.object(
                "key",
                text(entry.key()),
                "value",
                keysOnly ? null : text(entry.value()),
                "createRevision",
                entry.createRevision(),
                "modRevision",
                entry.modRevision(),
                "version",
                entry.version(),
                "session",
                entry.sessionId() == 0 ? null : id(entry.sessionId()),
                "ttlRemainingMillis",
                entry.ttlRemaining().isZero() ? null : entry.ttlRemaining().toMillis());
    }

    static List<Map<String, @Nullable Object>> holders(List<LockStatus.Holder> holders) {
        return holders.stream()
                .map(h -> Json.object(
                        "session", id(h.session()), "token", h.token(), "owner", h.owner(), "permits", h.permits()))
                .toList();
    }

    static List<Map<String, @Nullable Object>> waiters(List<LockStatus.Waiter> waiters) {
        return waiters.stream()
                .map(w -> Json.object("session", id(w.session()), "owner", w.owner(), "permits", w.permits()))
                .toList();
    }
}
