package io.gavel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.gavel.cli.local.LocalCluster;
import io.gavel.cli.local.SharedCluster;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// The Java examples of the README compile against the client's public API and run on a cluster.
@ExtendWith(SharedCluster.class)
final class ReadmeTest {
    private static final Pattern EXAMPLE = Pattern.compile("(?ms)^```java\\R(.*?)^```");
    private static final String CONNECT = "GavelClient client = GavelClient.connect(";

    private static final String FRAME = """
            import io.gavel.client.*;
            import io.gavel.client.config.*;
            import io.gavel.client.election.*;
            import io.gavel.client.error.*;
            import io.gavel.client.kv.*;
            import io.gavel.client.lock.*;
            import io.gavel.client.watch.*;
            import java.time.Duration;
            import java.util.concurrent.CountDownLatch;
            import java.util.concurrent.TimeUnit;

            public final class Examples {
                record Limits(int maxOrders, Duration window) {}

                static final class Storage {
                    long highest;

                    void write(String key, long token) {
                        highest = token;
                    }
                }

                static final CountDownLatch billed = new CountDownLatch(1);

                static void billNextCustomer(long token) throws InterruptedException {
                    billed.countDown();
                    Thread.sleep(10);
                }

                public static void run(String[] endpoints) throws Exception {
                    Storage storage = new Storage();
                    try (GavelClient client = GavelClient.connect(endpoints)) {
            // the examples
                        if (!billed.await(20, TimeUnit.SECONDS)) {
                            throw new IllegalStateException("the runner never led");
                        }
                        runner.close();
                        if (storage.highest == 0) {
                            throw new IllegalStateException("nothing was written under the lock");
                        }
                    }
                }
            }
            """;

    @TempDir
    private Path directory;

    @Test
    @Timeout(60)
    void theExamplesCompileAndRun(LocalCluster cluster) throws Exception {
        List<String> examples = EXAMPLE.matcher(Files.readString(Path.of("..", "README.md")))
                .results()
                .map(MatchResult::group)
                .map(block -> block.replaceAll("(?m)^```.*$", ""))
                .toList();
        assertThat(examples).hasSizeGreaterThan(4);
        assertThat(examples.getFirst()).contains(CONNECT);
        StringBuilder body = new StringBuilder();
        for (String example : examples.subList(1, examples.size())) {
            body.append(example.contains("runner = ") ? example : "{" + example + "}");
            body.append('\n');
        }

        Path classes = compiled(FRAME.replace("// the examples", body));

        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {classes.toUri().toURL()}, ReadmeTest.class.getClassLoader())) {
            loader.loadClass("Examples").getMethod("run", String[].class).invoke(null, (Object)
                    cluster.endpoints().toArray(String[]::new));
        }
    }

    @Test
    void theFirstExampleConnects() throws IOException {
        String first = EXAMPLE.matcher(Files.readString(Path.of("..", "README.md")))
                .results()
                .map(match -> match.group(1))
                .findFirst()
                .orElseThrow();

        compiled("import io.gavel.client.GavelClient;\npublic final class Examples { static void run() {" + first
                + "client.close(); } }");
    }

    private Path compiled(String source) throws IOException {
        Path file = directory.resolve("Examples.java");
        Files.writeString(file, source);
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter problems = new StringWriter();
        List<String> options = new ArrayList<>(
                List.of("-proc:none", "-d", directory.toString(), "-cp", System.getProperty("java.class.path")));
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            boolean compiled = compiler.getTask(problems, files, null, options, null, files.getJavaFileObjects(file))
                    .call();
            assertThat(compiled).as(problems + "\n" + source).isTrue();
        }
        return directory;
    }
}
