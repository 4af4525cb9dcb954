package io.gavel.cli.command;

import io.gavel.server.config.Setting;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IModelTransformer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.ISetter;
import picocli.CommandLine.Model.OptionSpec;

/// One option for each [Setting] of a node: names, meanings and defaults have a single source.
final class SettingOptions {
    private final Map<String, String> given = new LinkedHashMap<>();

    /// What the command line says, by setting name.
    Map<String, String> given() {
        return given;
    }

    private void addTo(CommandSpec spec) {
        for (Setting setting : Setting.values()) {
            spec.addOption(OptionSpec.builder("--" + setting.key())
                    .type(String.class)
                    .paramLabel(setting.kind().name().toLowerCase(Locale.ROOT))
                    .description(description(setting))
                    .setter(setter(setting.key()))
                    .build());
        }
    }

    private static String description(Setting setting) {
        String fallback = setting.defaultText().isEmpty() ? "" : "; default " + setting.defaultText();
        // Picocli takes what is written in percent signs for formatting.
        return (setting.meaning() + " (" + setting.environmentName() + fallback + ")").replace("%", "%%");
    }

    /// Picocli sets null at the start of each parse.
    private ISetter setter(String key) {
        return new ISetter() {
            @Override
            @SuppressWarnings("unchecked")
            public <T> @Nullable T set(@Nullable T value) {
                return (T) (value == null ? given.remove(key) : given.put(key, value.toString()));
            }
        };
    }

    /// Adds the options when picocli has read a command's annotations.
    static final class Transformer implements IModelTransformer {
        @Override
        public CommandSpec transform(CommandSpec spec) {
            ((ServerCommands.ConfiguredCommand) spec.userObject()).settings().addTo(spec);
            return spec;
        }
    }
}
