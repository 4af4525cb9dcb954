package io.gavel.faults.house;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.TreeScanner;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// One word for one thing: the glossary of the field, no synonyms, and no words that say nothing.
final class NameRules implements HouseRule {
    private static final Set<String> EMPTY_SUFFIXES =
            Set.of("Impl", "Manager", "Helper", "Helpers", "Util", "Utils", "Data", "Info");
    private static final Set<String> EMPTY_PREFIXES = Set.of("Abstract", "Base");

    /// Words that no identifier contains, with the word to use.
    private static final Map<String, String> SYNONYMS = Map.of(
            "ballot", "term",
            "zxid", "EntryId",
            "watermark", "commitIndex",
            "slave", "follower",
            "master", "leader",
            "nonvoter", "learner",
            "canvass", "preVote",
            "prevote", "preVote",
            "cfg", "configuration");

    /// Whole identifiers, and words of type names, that mean something else inside the core.
    private static final Map<String, String> CORE_SYNONYMS = Map.of(
            "epoch", "term",
            "generation", "term",
            "checkpoint", "snapshot",
            "cursor", "nextIndex",
            "replica", "voter or learner",
            "conf", "configuration",
            "appliedIndex", "lastApplied",
            "stableIndex", "persistedIndex",
            "flushedIndex", "persistedIndex",
            "ctx", "proposalId or readId");

    private static final Pattern WORD_BOUNDARY = Pattern.compile("_|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])");
    private static final Pattern GETTER = Pattern.compile("get(?!Async)[A-Z].*");

    @Override
    public void check(SourceTree tree, Consumer<Violation> violations) {
        for (JavaSource source : tree.javaSources()) {
            new NameScanner(source, violations).scan(source.unit(), null);
        }
    }

    private static List<String> words(String identifier) {
        return List.of(WORD_BOUNDARY.split(identifier));
    }

    private static final class NameScanner extends TreeScanner<Void, Void> {
        private final JavaSource source;
        private final Consumer<Violation> violations;

        NameScanner(JavaSource source, Consumer<Violation> violations) {
            this.source = source;
            this.violations = violations;
        }

        @Override
        public Void visitClass(ClassTree type, Void unused) {
            String name = type.getSimpleName().toString();
            if (!name.isEmpty()) {
                checkType(type, name);
            }
            return super.visitClass(type, null);
        }

        private void checkType(ClassTree type, String name) {
            List<String> words = words(name);
            int line = source.firstLine(type);
            if ((words.size() > 1 && EMPTY_PREFIXES.contains(words.getFirst()))
                    || EMPTY_SUFFIXES.contains(words.getLast())) {
                violations.accept(source.violation(
                        line, "empty-name", name + " says nothing by part of its name", "name what it is"));
            }
            checkSynonyms(line, name, words);
            if (isCore()) {
                for (String word : words) {
                    reportSynonym(line, name, word, CORE_SYNONYMS.get(word.toLowerCase(Locale.ROOT)));
                }
            }
        }

        @Override
        public Void visitMethod(MethodTree method, Void unused) {
            String name = method.getName().toString();
            int line = source.firstLine(method);
            if (!name.equals("<init>")) {
                checkIdentifier(line, name);
            }
            if (source.isProduction()
                    && GETTER.matcher(name).matches()
                    && method.getParameters().isEmpty()
                    && JavaSource.returnsValue(method)
                    && !JavaSource.isOverride(method)) {
                violations.accept(
                        source.violation(line, "accessor-name", name + "()", "name the accessor by what it returns"));
            }
            return super.visitMethod(method, null);
        }

        @Override
        public Void visitVariable(VariableTree variable, Void unused) {
            checkIdentifier(source.firstLine(variable), variable.getName().toString());
            return super.visitVariable(variable, null);
        }

        private void checkIdentifier(int line, String name) {
            checkSynonyms(line, name, words(name));
            if (isCore()) {
                reportSynonym(line, name, name, CORE_SYNONYMS.get(name));
            }
        }

        private void checkSynonyms(int line, String name, List<String> words) {
            for (String word : words) {
                reportSynonym(line, name, word, SYNONYMS.get(word.toLowerCase(Locale.ROOT)));
            }
        }

        private void reportSynonym(int line, String name, String word, @Nullable String use) {
            if (use != null && !word.equals("preVote")) {
                violations.accept(source.violation(
                        line, "synonym", name + " uses '" + word + "'", "the word of the glossary is " + use));
            }
        }

        private boolean isCore() {
            return source.module().equals("raft-core");
        }
    }
}
