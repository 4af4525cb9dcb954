package io.gavel.cli.output;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Rows under column names; cells are text of one line.
public final class Table {
    private static final String GAP = "  ";

    private final List<String> columns;
    private final List<List<String>> rows = new ArrayList<>();

    public Table(String... columns) {
        this.columns = List.of(columns);
    }

    /// Adds a row; an absent cell is shown as `-`.
    public Table row(@Nullable Object... cells) {
        List<String> row = new ArrayList<>(cells.length);
        for (@Nullable Object cell : cells) {
            row.add(cell == null ? "-" : printable(cell.toString()));
        }
        rows.add(row);
        return this;
    }

    /// Control characters would move the cursor or split a row.
    private static String printable(String cell) {
        StringBuilder out = new StringBuilder(cell.length());
        cell.codePoints()
                .forEach(c -> out.append(
                        Character.isISOControl(c) ? String.format(Locale.ROOT, "\\u%04x", c) : Character.toString(c)));
        return out.toString();
    }

    String plain() {
        StringBuilder out = new StringBuilder();
        for (List<String> row : rows) {
            out.append(String.join("\t", row)).append('\n');
        }
        return out.toString();
    }

    String aligned() {
        int[] widths = new int[columns.size()];
        for (int i = 0; i < widths.length; i++) {
            int column = i;
            widths[i] = Math.max(
                    columns.get(i).length(),
                    rows.stream().mapToInt(r -> r.get(column).length()).max().orElse(0));
        }
        StringBuilder out = new StringBuilder();
        append(out, columns, widths);
        for (List<String> row : rows) {
            append(out, row, widths);
        }
        return out.toString();
    }

    private static void append(StringBuilder out, List<String> cells, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < cells.size(); i++) {
            line.append(i == 0 ? "" : GAP).append(cells.get(i));
            line.append(" ".repeat(widths[i] - cells.get(i).length()));
        }
        out.append(line.toString().stripTrailing()).append('\n');
    }
}
