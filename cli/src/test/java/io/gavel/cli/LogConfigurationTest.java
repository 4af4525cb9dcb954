package io.gavel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.core.Appender;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;

final class LogConfigurationTest {
    private static LoggerContext configured(String level) {
        String before = System.getProperty("gavel.log.level");
        System.setProperty("gavel.log.level", level);
        try {
            LoggerContext context = new LoggerContext();
            new LogConfiguration().configure(context);
            return context;
        } finally {
            if (before == null) {
                System.clearProperty("gavel.log.level");
            } else {
                System.setProperty("gavel.log.level", before);
            }
        }
    }

    @Test
    void isFoundByLogback() {
        assertThat(ServiceLoader.load(Configurator.class)).hasAtLeastOneElementOfType(LogConfiguration.class);
    }

    @Test
    void aServerLogsToStandardErrorWithoutTheNoiseOfLibraries() {
        LoggerContext context = configured("INFO");

        assertThat(context.getLogger("io.gavel.server.node.Node").isInfoEnabled())
                .isTrue();
        assertThat(context.getLogger("io.netty.channel").isInfoEnabled()).isFalse();
        Appender<?> appender = context.getLogger(Logger.ROOT_LOGGER_NAME).getAppender("stderr");
        assertThat(appender).isNotNull();
        assertThat(appender.isStarted()).isTrue();
    }

    @Test
    void aCommandLogsNothing() {
        LoggerContext context = configured("OFF");

        assertThat(context.getLogger(Logger.ROOT_LOGGER_NAME).getLevel()).isEqualTo(Level.OFF);
        assertThat(context.getLogger("io.grpc").isErrorEnabled()).isFalse();
    }
}
