package io.gavel.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServerConfigLoaderTest {
    private static final String THREE = "1=10.0.0.1:7401/10.0.0.1:7400,2=10.0.0.2:7401/10.0.0.2:7400,3=h3:7401/h3:7400";

    @Test
    void printsEveryValueWithItsOrigin() {
        String yaml = """
                id: 2
                data: /var/lib/gavel
                cluster:
                  1: 10.0.0.1:7401/10.0.0.1:7400
                  2: 10.0.0.2:7401/10.0.0.2:7400
                  3: h3:7401/h3:7400
                election-timeout: 2s
                segment-size: 16MiB
                """;
        LoadedConfig loaded = ServerConfigLoader.load(
                yaml,
                "node.yaml",
                Map.of("GAVEL_ELECTION_TIMEOUT", "3s", "GAVEL_HEARTBEAT_INTERVAL", "50ms", "GAVEL_ENDPOINTS", "x"),
                Map.of("heartbeat-interval", "60ms"));

        assertThat(loaded.describe()).isEqualTo("""
                id: 2  # file node.yaml
                data: /var/lib/gavel  # file node.yaml
                cluster: 1=10.0.0.1:7401/10.0.0.1:7400,2=10.0.0.2:7401/10.0.0.2:7400,3=h3:7401/h3:7400  # file node.yaml
                listen: 10.0.0.2:7400  # cluster
                peer-listen: 10.0.0.2:7401  # cluster
                admin-listen: 127.0.0.1:0  # default
                election-timeout: 3s  # environment GAVEL_ELECTION_TIMEOUT
                heartbeat-interval: 60ms  # flag --heartbeat-interval
                clock-interval: 250ms  # default
                shutdown-timeout: 5s  # default
                segment-size: 16MiB  # file node.yaml
                snapshot-threshold: 256MiB  # default
                disk-reserve: 256MiB  # default
                mailbox-items: 16384  # default
                mailbox-bytes: 64MiB  # default
                message-bytes: 8MiB  # default
                stream-bytes: 16MiB  # default
                watch-bytes: 8MiB  # default
                streams: 10000  # default
                parent-pid: 0  # default
                """);
        assertThat(loaded.warnings()).isEmpty();
        ServerConfig config = loaded.config();
        assertThat(config.timings().electionTimeoutNanos()).isEqualTo(3_000_000_000L);
        assertThat(config.storage().segmentBytes()).isEqualTo(16L << 20);
        assertThat(config.self().peer()).isEqualTo(new Endpoint("10.0.0.2", 7401));
        assertThat(config.cluster())
                .extracting(member -> member.client().toString())
                .containsExactly("10.0.0.1:7400", "10.0.0.2:7400", "h3:7400");
    }

    @Test
    void readsAListOfMembersToo() {
        String yaml = "id: 1\ndata: d\ncluster: [1=a:1/a:2, '2=b:1/b:2']\n";

        assertThat(ServerConfigLoader.load(yaml, "f", Map.of(), Map.of())
                        .config()
                        .cluster())
                .hasSize(2);
    }

    @Test
    void reportsEveryUnknownNameWithASuggestion() {
        assertThat(problems(
                        "id: 1\nelection_timeout: 1s\nsegments: 3\nid2: 4\n",
                        Map.of("GAVEL_ELECTION_TIMEOUTS", "1s", "GAVEL_SERVICE_HOST", "10.1.1.1"),
                        Map.of("clock", "1s", "hartbeat-interval", "1s")))
                .containsExactly(
                        "file node.yaml: unknown setting election_timeout; did you mean election-timeout?",
                        "file node.yaml: unknown setting segments; did you mean segment-size?",
                        "file node.yaml: unknown setting id2; did you mean id?",
                        "environment GAVEL_ELECTION_TIMEOUTS: unknown; did you mean GAVEL_ELECTION_TIMEOUT?",
                        "flag --clock: unknown setting clock",
                        "flag --hartbeat-interval: unknown setting hartbeat-interval;"
                                + " did you mean heartbeat-interval?");
    }

    @Test
    void ignoresWhatAnOrchestratorPutsIntoTheEnvironmentAndSaysSo() {
        LoadedConfig loaded = ServerConfigLoader.load(
                "", "", Map.of("GAVEL_SERVICE_HOST", "10.1.1.1", "PATH", "/bin"), flags("id", "1"));

        assertThat(loaded.warnings()).containsExactly("environment GAVEL_SERVICE_HOST: not a setting, ignored");
    }

    @Test
    void namesWhatIsMissing() {
        assertThat(problems("", Map.of(), Map.of()))
                .containsExactly(
                        "cluster: is required (all first members: ID=PEER/CLIENT,ID=PEER/CLIENT,…); set cluster in the"
                                + " file, GAVEL_CLUSTER or --cluster",
                        "id: is required (this member's number, one of those in cluster); set id in the file,"
                                + " GAVEL_ID or --id",
                        "data: is required (directory of the journal, snapshots and identity); set data in the file,"
                                + " GAVEL_DATA or --data");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "id|4|is not a member of cluster",
                "id|0|must be from 1 to 65535",
                "id|one|expected a whole number",
                "election-timeout|49ms|must be from 50ms to 1m",
                "election-timeout|61s|must be from 50ms to 1m",
                "election-timeout|10|expected a duration such as 250ms, 10s or 5m",
                "election-timeout|1.5s|expected a duration such as 250ms, 10s or 5m",
                "election-timeout|299ms|must be at most a third of election-timeout 299ms",
                "segment-size|16MB|expected a size such as 512KiB, 16MiB or 1GiB",
                "segment-size|3MiB|must be from 4MiB to 1GiB",
                "message-bytes|65MiB|must be from 4MiB to 64MiB",
                "mailbox-bytes|4MiB|must be at most mailbox-bytes 4MiB",
                "listen|localhost|expected HOST:PORT",
                "listen|localhost:65536|not HOST:PORT with a port of 0 to 65535",
                "listen|::1:7400|an IPv6 address stands in brackets",
                "listen|10.0.0.1:7401|must differ from listen",
                "admin-listen|10.0.0.1:7400|must differ from listen",
                "cluster|1=a:1/a:2,1=b:1/b:2|names member 1 twice",
                "cluster|1=a:1/a:2,2=a:1/b:2|gives one address twice, again at member 2",
                "cluster|1=a:1|expected ID=PEER_HOST:PORT/CLIENT_HOST:PORT",
                "cluster|1=a:1/a:0|others cannot reach port 0",
                "cluster|x=a:1/a:2|a number from 1 to 65535",
            })
    void refusesByNameLimitAndValue(String key, String value, String reason) {
        List<String> problems = problems("", Map.of(), flags(key, value));

        assertThat(problems)
                .singleElement(InstanceOfAssertFactories.STRING)
                .contains(reason)
                .contains(" = ");
    }

    @Test
    void acceptsValuesAtTheirLimits() {
        LoadedConfig loaded = ServerConfigLoader.load("", "", Map.of(), flags("election-timeout", "300ms"));

        assertThat(loaded.config().timings().heartbeatIntervalNanos()).isEqualTo(100_000_000L);
        assertThat(ServerConfigLoader.load(flags("segment-size", "4MiB"))
                        .config()
                        .storage()
                        .segmentBytes())
                .isEqualTo(4L << 20);
    }

    @Test
    void refusesADuplicateKeyAndWhatIsNotYaml() {
        assertThat(problems("id: 1\nid: 2\n", Map.of(), Map.of()))
                .singleElement()
                .asString()
                .contains("not YAML");
        assertThat(problems("id: [1\n", Map.of(), Map.of()))
                .singleElement()
                .asString()
                .contains("not YAML");
        assertThat(problems("- id\n", Map.of(), Map.of()))
                .singleElement()
                .asString()
                .contains("KEY: VALUE");
    }

    @ParameterizedTest
    @CsvSource({"0s,0", "250ms,250000000", "1500ms,1500000000", "10s,10000000000", "5m,300000000000", "1h,3600000000000"
    })
    void durationsReadBackAsTheyArePrinted(String text, long nanos) {
        assertThat(Quantities.parseNanos(text)).isEqualTo(nanos);
        assertThat(Quantities.formatNanos(nanos)).isEqualTo(text);
    }

    @Test
    void anIpv6EndpointReadsBackAsItIsPrinted() {
        assertThat(Endpoint.parse("[::1]:7400").toString()).isEqualTo("[::1]:7400");
        assertThatThrownBy(() -> Quantities.parseBytes("99999999999GiB")).hasMessageContaining("2^63");
    }

    private static List<String> problems(String yaml, Map<String, String> environment, Map<String, String> flags) {
        try {
            ServerConfigLoader.load(yaml, "node.yaml", environment, flags);
        } catch (ConfigException refused) {
            return refused.problems().stream().map(ConfigProblem::text).toList();
        }
        throw new AssertionError("the configuration was accepted");
    }

    private static Map<String, String> flags(String key, String value) {
        Map<String, String> flags = new LinkedHashMap<>();
        flags.put("id", "1");
        flags.put("data", "/tmp/gavel");
        flags.put("cluster", THREE);
        flags.put(key, value);
        return flags;
    }
}
