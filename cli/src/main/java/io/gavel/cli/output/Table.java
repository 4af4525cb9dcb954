package io.gavel.cli.output;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Rows under column names; cells are text of one line.
public final class Table {
    private static final String GAP = "  ";
    private static final String BOLD = "\u001b[1m";
    private static final String PLAIN = "\u001b[0m";

    private final List<String> columns;
    private final List<List<String>> rows = new ArrayList<>();

    public Table(String... columns) {
        this.columns = List.of(columns);
    }

    /// Adds a row, one cell a column; an absent cell is shown as `-`.
    public Table row(@Nullable Object... cells) {
        if (cells.length != columns.size()) {
            throw new IllegalArgumentException(cells.length + " cells for the columns " + columns);
        }
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

    String aligned(boolean colour) {
        int[] widths = new int[columns.size()];
        for (int i = 0; i < widths.length; i++) {
            int column = i;
            widths[i] = Math.max(
                    width(columns.get(i)),
                    rows.stream().mapToInt(r -> width(r.get(column))).max().orElse(0));
        }
        StringBuilder out = new StringBuilder();
        append(out, columns, widths);
        if (colour && !columns.isEmpty()) {
            out.insert(0, BOLD).insert(out.length() - 1, PLAIN);
        }
        for (List<String> row : rows) {
            append(out, row, widths);
        }
        return out.toString();
    }

    private static int width(String cell) {
        return cell.codePointCount(0, cell.length());
    }

    private static void append(StringBuilder out, List<String> cells, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < cells.size(); i++) {
            line.append(i == 0 ? "" : GAP).append(cells.get(i));
            line.append(" ".repeat(widths[i] - width(cells.get(i))));
        }
        out.append(line.toString().stripTrailing()).append('\n');
    }
}
