package io.gavel.server.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.config.LoadedConfig.Resolved;
import io.gavel.server.config.ServerConfig.ClusterMember;
import io.gavel.server.config.ServerConfig.Listeners;
import io.gavel.server.config.ServerConfig.LoadLimits;
import io.gavel.server.config.ServerConfig.StorageLimits;
import io.gavel.server.config.ServerConfig.Timings;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Reads a node's settings from YAML, the environment and flags, each overriding the one before, and checks them all.
///
/// Not thread-safe; one loader for one load.
public final class ServerConfigLoader {
    /// Names in the environment that belong to clients and launchers.
    private static final List<String> FOREIGN_NAMES = List.of(
            "GAVEL_ENDPOINTS",
            "GAVEL_JAVA_HOME",
            "GAVEL_JAVA_OPTS",
            "GAVEL_SERVER_JAVA_OPTS",
            "GAVEL_LOG_LEVEL",
            "GAVEL_LOCK",
            "GAVEL_ELECTION",
            "GAVEL_FENCING_TOKEN",
            "GAVEL_SESSION");

    private final EnumMap<Setting, Resolved> values = new EnumMap<>(Setting.class);
    private final List<ConfigProblem> problems = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();

    private ServerConfigLoader() {}

    /// Loads from flags alone: keys are setting names without dashes in front.
    ///
    /// @throws ConfigException naming every problem
    public static LoadedConfig load(Map<String, String> flags) {
        return load("", "", Map.of(), flags);
    }

    /// Loads from all three sources. An unknown name in the environment is refused only when it resembles a known one:
    /// orchestrators put `GAVEL_…` names of their own there.
    ///
    /// @param yaml the file's text; empty = no file
    /// @param yamlName the file's name, for messages
    /// @throws ConfigException naming every problem
    public static LoadedConfig load(
            String yaml, String yamlName, Map<String, String> environment, Map<String, String> flags) {
        ServerConfigLoader loader = new ServerConfigLoader();
        for (Setting setting : Setting.values()) {
            loader.values.put(setting, new Resolved(setting, setting.defaultText(), "default"));
        }
        loader.readYaml(yaml, yamlName);
        loader.readEnvironment(environment);
        loader.readFlags(flags);
        ServerConfig config = loader.problems.isEmpty() ? loader.build() : null;
        if (config == null || !loader.problems.isEmpty()) {
            throw new ConfigException(loader.problems);
        }
        return new LoadedConfig(config, List.copyOf(loader.values.values()), List.copyOf(loader.warnings));
    }

    private void readYaml(String yaml, String name) {
        if (yaml.isBlank()) {
            return;
        }
        JsonNode root;
        try {
            root = YAMLMapper.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build()
                    .readTree(yaml);
        } catch (JsonProcessingException malformed) {
            refuseFile(name, "not YAML: " + malformed.getOriginalMessage());
            return;
        }
        if (!root.isObject()) {
            refuseFile(name, "expected settings as KEY: VALUE");
            return;
        }
        for (Map.Entry<String, JsonNode> property : root.properties()) {
            set(property.getKey(), text(property.getValue()), "file " + name);
        }
    }

    /// A scalar as written; a list as its items; a map (for `cluster`) as `KEY=VALUE` items.
    private static String text(JsonNode node) {
        if (node.isArray()) {
            List<String> items = new ArrayList<>();
            node.forEach(item -> items.add(text(item)));
            return String.join(",", items);
        }
        if (node.isObject()) {
            List<String> items = new ArrayList<>();
            for (Map.Entry<String, JsonNode> property : node.properties()) {
                items.add(property.getKey() + "=" + text(property.getValue()));
            }
            return String.join(",", items);
        }
        return node.asText();
    }

    private void readEnvironment(Map<String, String> environment) {
        Map<String, Setting> known = new TreeMap<>();
        for (Setting setting : Setting.values()) {
            known.put(setting.environmentName(), setting);
        }
        for (Map.Entry<String, String> variable : new TreeMap<>(environment).entrySet()) {
            String name = variable.getKey();
            if (!name.startsWith("GAVEL_") || FOREIGN_NAMES.contains(name)) {
                continue;
            }
            Setting setting = known.get(name);
            if (setting != null) {
                values.put(setting, new Resolved(setting, variable.getValue(), "environment " + name));
                continue;
            }
            String suggestion = Suggestions.closest(name, known.keySet());
            if (suggestion != null && Suggestions.distance(name, suggestion) <= 2) {
                String limit = "did you mean " + suggestion + "?";
                problems.add(new ConfigProblem(
                        name, limit, variable.getValue(), "environment " + name + ": unknown; " + limit));
            } else {
                warnings.add("environment " + name + ": not a setting, ignored");
            }
        }
    }

    private void readFlags(Map<String, String> flags) {
        for (Map.Entry<String, String> flag : new TreeMap<>(flags).entrySet()) {
            set(flag.getKey(), flag.getValue(), "flag --" + flag.getKey());
        }
    }

    private void set(String key, String text, String origin) {
        for (Setting setting : Setting.values()) {
            if (setting.key().equals(key)) {
                values.put(setting, new Resolved(setting, text, origin));
                return;
            }
        }
        String suggestion = Suggestions.closest(
                key, Stream.of(Setting.values()).map(Setting::key).toList());
        String limit = suggestion == null ? "" : "did you mean " + suggestion + "?";
        problems.add(new ConfigProblem(
                key, limit, text, origin + ": unknown setting " + key + (limit.isEmpty() ? "" : "; ") + limit));
    }

    private @Nullable ServerConfig build() {
        List<ClusterMember> cluster = cluster();
        int id = (int) amount(Setting.ID);
        Path data = path();
        ClusterMember self = null;
        for (ClusterMember member : cluster) {
            self = member.id().value() == id ? member : self;
        }
        if (problems.isEmpty() && self == null) {
            problem(
                    Setting.ID,
                    cluster.stream()
                            .map(member -> member.id().toString())
                            .collect(Collectors.joining(", ", "is not a member of cluster: ", "")));
        }
        if (self == null) {
            return null;
        }
        inherit(Setting.LISTEN, self.client());
        inherit(Setting.PEER_LISTEN, self.peer());
        Listeners listeners =
                new Listeners(endpoint(Setting.LISTEN), endpoint(Setting.PEER_LISTEN), endpoint(Setting.ADMIN_LISTEN));
        ServerConfig config = new ServerConfig(
                new NodeId(Math.max(1, id)),
                data,
                listeners,
                cluster,
                new Timings(
                        amount(Setting.ELECTION_TIMEOUT),
                        amount(Setting.HEARTBEAT_INTERVAL),
                        amount(Setting.CLOCK_INTERVAL),
                        amount(Setting.SHUTDOWN_TIMEOUT)),
                new StorageLimits(
                        amount(Setting.SEGMENT_SIZE), amount(Setting.SNAPSHOT_THRESHOLD), amount(Setting.DISK_RESERVE)),
                new LoadLimits(
                        (int) amount(Setting.MAILBOX_ITEMS),
                        amount(Setting.MAILBOX_BYTES),
                        (int) amount(Setting.MESSAGE_BYTES),
                        amount(Setting.STREAM_BYTES),
                        amount(Setting.WATCH_BYTES),
                        (int) amount(Setting.STREAMS)),
                amount(Setting.PARENT_PID));
        if (problems.isEmpty()) {
            checkTogether(config);
        }
        return config;
    }

    /// Values that are fine alone and contradict each other.
    private void checkTogether(ServerConfig config) {
        Timings timings = config.timings();
        if (timings.heartbeatIntervalNanos() * 3 > timings.electionTimeoutNanos()) {
            problem(
                    Setting.HEARTBEAT_INTERVAL,
                    "must be at most a third of election-timeout "
                            + Quantities.formatNanos(timings.electionTimeoutNanos()));
        }
        if (config.limits().messageBytes() > config.limits().mailboxBytes()) {
            problem(
                    Setting.MESSAGE_BYTES,
                    "must be at most mailbox-bytes "
                            + Quantities.formatBytes(config.limits().mailboxBytes()));
        }
        Listeners listeners = config.listeners();
        refuseSame(Setting.PEER_LISTEN, listeners.peer(), Setting.LISTEN, listeners.client());
        refuseSame(Setting.ADMIN_LISTEN, listeners.admin(), Setting.LISTEN, listeners.client());
        refuseSame(Setting.ADMIN_LISTEN, listeners.admin(), Setting.PEER_LISTEN, listeners.peer());
    }

    private void refuseSame(Setting setting, Endpoint endpoint, Setting other, Endpoint otherEndpoint) {
        if (endpoint.port() != 0 && endpoint.equals(otherEndpoint)) {
            problem(setting, "must differ from " + other.key());
        }
    }

    private List<ClusterMember> cluster() {
        List<ClusterMember> members = new ArrayList<>();
        if (missing(Setting.CLUSTER)) {
            return members;
        }
        TreeSet<Integer> ids = new TreeSet<>();
        TreeSet<String> addresses = new TreeSet<>();
        for (String item : value(Setting.CLUSTER).text().split(",", -1)) {
            try {
                ClusterMember member = member(item.strip());
                members.add(member);
                if (!ids.add(member.id().value())) {
                    problem(Setting.CLUSTER, item.strip(), "names member " + member.id() + " twice");
                }
                if (!addresses.add(member.peer().toString())
                        || !addresses.add(member.client().toString())) {
                    problem(Setting.CLUSTER, item.strip(), "gives one address twice, again at member " + member.id());
                }
            } catch (IllegalArgumentException malformed) {
                problem(Setting.CLUSTER, item.strip(), String.valueOf(malformed.getMessage()));
            }
        }
        checkSize(members);
        members.sort((a, b) -> a.id().compareTo(b.id()));
        return List.copyOf(members);
    }

    private void checkSize(List<ClusterMember> members) {
        if (members.size() > Configuration.MAX_MEMBERS) {
            problem(Setting.CLUSTER, members.size() + " members", "a cluster has at most " + Configuration.MAX_MEMBERS);
        }
        int bytes = members.stream()
                .mapToInt(member -> member.peer().toString().getBytes(StandardCharsets.UTF_8).length)
                .sum();
        if (bytes > Configuration.MAX_ADDRESS_BYTES) {
            problem(
                    Setting.CLUSTER,
                    bytes + " bytes of peer addresses",
                    "they have at most " + Configuration.MAX_ADDRESS_BYTES + " together");
        }
    }

    private static ClusterMember member(String item) {
        int equals = item.indexOf('=');
        int slash = item.indexOf('/');
        if (equals < 1 || slash < equals) {
            throw new IllegalArgumentException("expected ID=PEER_HOST:PORT/CLIENT_HOST:PORT");
        }
        int id;
        try {
            id = Integer.parseInt(item.substring(0, equals));
        } catch (NumberFormatException notANumber) {
            throw new IllegalArgumentException("the id before '=' is a number from 1 to 65535", notANumber);
        }
        if (id < Setting.ID.min() || id > Setting.ID.max()) {
            throw new IllegalArgumentException("the id before '=' is a number from 1 to 65535");
        }
        Endpoint peer = Endpoint.parse(item.substring(equals + 1, slash));
        Endpoint client = Endpoint.parse(item.substring(slash + 1));
        if (peer.port() == 0 || client.port() == 0) {
            throw new IllegalArgumentException("others cannot reach port 0");
        }
        return new ClusterMember(new NodeId(id), peer, client);
    }

    private Path path() {
        if (missing(Setting.DATA)) {
            return Path.of("");
        }
        try {
            return Path.of(value(Setting.DATA).text());
        } catch (InvalidPathException malformed) {
            problem(Setting.DATA, "is not a path: " + malformed.getReason());
            return Path.of("");
        }
    }

    private void inherit(Setting setting, Endpoint endpoint) {
        if (value(setting).text().isEmpty()) {
            values.put(setting, new Resolved(setting, endpoint.toString(), "cluster"));
        }
    }

    private Endpoint endpoint(Setting setting) {
        try {
            return Endpoint.parse(value(setting).text());
        } catch (IllegalArgumentException malformed) {
            problem(setting, String.valueOf(malformed.getMessage()));
            return new Endpoint("unknown", 0);
        }
    }

    private long amount(Setting setting) {
        if (missing(setting)) {
            return 0;
        }
        String text = value(setting).text();
        try {
            long amount = switch (setting.kind()) {
                case DURATION -> Quantities.parseNanos(text);
                case SIZE -> Quantities.parseBytes(text);
                case INTEGER, PATH, ENDPOINT, CLUSTER -> Long.parseLong(text);
            };
            if (amount < setting.min() || amount > setting.max()) {
                problem(
                        setting,
                        "must be from " + setting.format(setting.min()) + " to " + setting.format(setting.max()));
            }
            return amount;
        } catch (NumberFormatException notANumber) {
            problem(setting, "expected a whole number");
        } catch (IllegalArgumentException malformed) {
            problem(setting, String.valueOf(malformed.getMessage()));
        }
        return 0;
    }

    private boolean missing(Setting setting) {
        boolean missing = value(setting).text().isEmpty();
        if (missing) {
            String limit = "is required (" + setting.meaning() + "); set " + setting.key() + " in the file, "
                    + setting.environmentName() + " or --" + setting.key();
            problems.add(new ConfigProblem(setting.key(), limit, "", setting.key() + ": " + limit));
        }
        return missing;
    }

    private Resolved value(Setting setting) {
        Resolved resolved = values.get(setting);
        if (resolved == null) {
            throw new IllegalStateException("no value for " + setting);
        }
        return resolved;
    }

    private void refuseFile(String name, String what) {
        problems.add(new ConfigProblem("config", what, name, "file " + name + ": " + what));
    }

    private void problem(Setting setting, String what) {
        problem(setting, value(setting).text(), what);
    }

    /// With the part of the setting's text that is wrong.
    private void problem(Setting setting, String part, String what) {
        String text = setting.key() + " (" + value(setting).origin() + ") = " + part + ": " + what;
        problems.add(new ConfigProblem(setting.key(), what, part, text));
    }
}
