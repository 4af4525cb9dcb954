package io.gavel.faults.check;

import io.gavel.faults.history.Event;
import io.gavel.faults.history.Observation;
import io.gavel.faults.history.Status;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Config releases: versions without a gap and without going against real time, one content a version, each made of
/// the one before it and what was published, a rollback equal to what it rolls back to, and watchers that see every
/// release once, in order and whole.
public final class ConfigCheck implements Check {
    private static final String NAME = "config releases";

    @Override
    public void judge(Evidence evidence, Consumer<Finding> findings) {
        Map<String, Releases> namespaces = new TreeMap<>();
        Map<String, Long> lastSeen = new TreeMap<>();
        for (Event event : evidence.events()) {
            Observation observation = event.observation();
            if (observation instanceof Observation.ConfigPublished published) {
                releases(namespaces, published.namespace(), findings).onPublished(event, published);
            } else if (observation instanceof Observation.ConfigRolledBack rolledBack) {
                releases(namespaces, rolledBack.namespace(), findings).onRolledBack(event, rolledBack);
            } else if (observation instanceof Observation.ConfigRead read) {
                releases(namespaces, read.namespace(), findings).onRead(event, read);
            } else if (observation instanceof Observation.ConfigSeen seen) {
                releases(namespaces, seen.namespace(), findings).onContent(event, seen.version(), seen.entries());
                onSeen(event, seen, lastSeen, findings);
            }
        }
        namespaces.values().forEach(Releases::atEnd);
    }

    private static Releases releases(Map<String, Releases> namespaces, String name, Consumer<Finding> findings) {
        return namespaces.computeIfAbsent(name, unseen -> new Releases(name, findings));
    }

    private static void onSeen(
            Event event, Observation.ConfigSeen seen, Map<String, Long> lastSeen, Consumer<Finding> findings) {
        Long before = lastSeen.put(event.process() + " " + seen.namespace(), seen.version());
        boolean inOrder = before == null || (seen.snapshot() ? seen.version() >= before : seen.version() == before + 1);
        if (!inOrder) {
            findings.accept(Finding.violated(
                    NAME,
                    seen.namespace() + ": watcher " + event.process() + " saw release " + seen.version() + " after "
                            + before,
                    event.call(),
                    event.returned()));
        }
    }

    /// What is known of one namespace.
    private static final class Releases {
        private final String namespace;
        private final Consumer<Finding> findings;
        private final TreeMap<Long, SortedMap<String, String>> contents = new TreeMap<>();
        private final TreeMap<Long, Event> makers = new TreeMap<>();
        private final TreeMap<Long, Long> highestByReturn = new TreeMap<>();
        private int acknowledged;
        private int unknown;

        Releases(String namespace, Consumer<Finding> findings) {
            this.namespace = namespace;
            this.findings = findings;
        }

        private void fail(Event event, String text) {
            findings.accept(Finding.violated(NAME, namespace + ": " + text, event.call(), event.returned()));
        }

        void onPublished(Event event, Observation.ConfigPublished published) {
            if (made(event, published.version())) {
                Long expected = published.expected();
                if (expected != null && !Objects.equals(published.version(), expected + 1)) {
                    fail(event, "published over release " + expected + ", became " + published.version());
                }
            }
        }

        void onRolledBack(Event event, Observation.ConfigRolledBack rolledBack) {
            made(event, rolledBack.version());
        }

        private boolean made(Event event, @Nullable Long version) {
            unknown += event.status() == Status.INFO ? 1 : 0;
            if (event.status() != Status.OK || version == null) {
                return false;
            }
            acknowledged++;
            if (makers.put(version, event) != null) {
                fail(event, "release " + version + " was told to two publishers");
            }
            inOrderOfTime(event, version, true);
            return true;
        }

        void onRead(Event event, Observation.ConfigRead read) {
            inOrderOfTime(event, read.version(), false);
            if (read.version() > 0) {
                onContent(event, read.version(), read.entries());
            }
        }

        /// What begins after a release was known must not know less; a new release must be higher.
        private void inOrderOfTime(Event event, long version, boolean isNew) {
            Map.Entry<Long, Long> known = highestByReturn.lowerEntry(event.call());
            if (known != null && (isNew ? version <= known.getValue() : version < known.getValue())) {
                fail(event, "release " + version + " after release " + known.getValue() + " was known");
            }
            long highest =
                    highestByReturn.isEmpty() ? 0 : highestByReturn.lastEntry().getValue();
            highestByReturn.put(event.returned(), Math.max(highest, version));
        }

        void onContent(Event event, long version, SortedMap<String, String> entries) {
            SortedMap<String, String> other = contents.putIfAbsent(version, entries);
            if (other != null && !other.equals(entries)) {
                fail(event, "release " + version + " was seen as " + other + " and as " + entries);
            }
        }

        void atEnd() {
            long highest =
                    Math.max(contents.isEmpty() ? 0 : contents.lastKey(), makers.isEmpty() ? 0 : makers.lastKey());
            if (!makers.isEmpty() && (highest < acknowledged || highest > acknowledged + unknown)) {
                fail(
                        makers.lastEntry().getValue(),
                        "the last release is " + highest + " after " + acknowledged + " acknowledged and " + unknown
                                + " unknown ones");
            }
            makers.forEach(this::compareContent);
        }

        private void compareContent(long version, Event maker) {
            SortedMap<String, String> content = contents.get(version);
            SortedMap<String, String> before = version == 1 ? new TreeMap<>() : contents.get(version - 1);
            if (maker.observation() instanceof Observation.ConfigRolledBack rolledBack) {
                before = contents.get(rolledBack.to());
            }
            if (content == null || before == null) {
                return;
            }
            SortedMap<String, String> expected = new TreeMap<>(before);
            if (maker.observation() instanceof Observation.ConfigPublished published) {
                for (Observation.Change change : published.changes()) {
                    String value = change.value();
                    if (value == null) {
                        expected.remove(change.key());
                    } else {
                        expected.put(change.key(), value);
                    }
                }
            }
            if (!expected.equals(content)) {
                fail(maker, "release " + version + " is " + content + ", not " + expected);
            }
        }
    }
}
