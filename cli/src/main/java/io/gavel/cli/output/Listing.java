package io.gavel.cli.output;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A list of things of one kind: a table for people, documents for programs.
///
/// ```
/// Listing.of(locks, LockCommands::document).column("LOCK", LockStatus::name).print(out, "locks");
/// ```
public final class Listing<T> {
    private final List<T> items;
    private final List<Map<String, @Nullable Object>> documents;
    private final List<String> names = new ArrayList<>();
    private final List<Function<? super T, ? extends @Nullable Object>> cells = new ArrayList<>();

    private Listing(List<T> items, List<Map<String, @Nullable Object>> documents) {
        this.items = items;
        this.documents = documents;
    }

    /// A list of these items.
    ///
    /// @param document what programs see of one item
    public static <T> Listing<T> of(List<T> items, Function<T, Map<String, @Nullable Object>> document) {
        return new Listing<>(items, items.stream().map(document).toList());
    }

    /// Adds a column of the table; an absent cell is null.
    public Listing<T> column(String name, Function<? super T, ? extends @Nullable Object> cell) {
        names.add(name);
        cells.add(cell);
        return this;
    }

    /// What programs see of the items, in order.
    public List<Map<String, @Nullable Object>> documents() {
        return documents;
    }

    /// What people see of the items.
    public Table table() {
        Table table = new Table(names.toArray(String[]::new));
        for (T item : items) {
            table.row(cells.stream().map(cell -> cell.apply(item)).toArray());
        }
        return table;
    }

    /// Prints the list as the only field of its document.
    public void print(Output out, String name) {
        print(out, Json.object(name, documents));
    }

    /// Prints the list; `whole` is its document, with [#documents] in it.
    public void print(Output out, Map<String, @Nullable Object> whole) {
        out.list(whole, documents, table());
    }
}
