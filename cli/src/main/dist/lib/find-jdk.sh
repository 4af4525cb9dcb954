# Finds a JDK that can run Gavel. Sourced by bin/gavel and by ./gavel; POSIX sh.

GAVEL_JDK_MIN=25

# Prints the feature release of the JDK in directory $1, read from its release file (starting a JVM takes longer).
gavel_jdk_feature() {
    [ -x "$1/bin/java" ] || return 1
    [ -r "$1/release" ] || return 1
    while IFS='=' read -r key value; do
        if [ "$key" = JAVA_VERSION ]; then
            value=${value#\"}
            value=${value%%[!0-9]*}
            printf '%s\n' "${value:-0}"
            return 0
        fi
    done <"$1/release"
    return 1
}

# True when directory $1 holds a recent enough JDK and, for each further argument, that program in its bin.
gavel_jdk_fits() {
    candidate=$1
    shift
    feature=$(gavel_jdk_feature "$candidate") || return 1
    [ "$feature" -ge "$GAVEL_JDK_MIN" ] || return 1
    for program in "$@"; do
        [ -x "$candidate/bin/$program" ] || return 1
    done
}

# Sets GAVEL_JDK to the first JDK that fits; the arguments name programs it must have besides java.
gavel_find_jdk() {
    GAVEL_JDK=
    on_path=$(command -v java 2>/dev/null) || on_path=
    if [ -n "$on_path" ]; then
        on_path=$(readlink -f "$on_path" 2>/dev/null || printf '%s' "$on_path")
        on_path=${on_path%/bin/java}
    fi
    for candidate_home in \
        "${GAVEL_JAVA_HOME:-}" \
        "${JAVA_HOME:-}" \
        /usr/lib/jvm/* \
        /usr/java/* \
        /opt/java/* \
        /opt/* \
        "${HOME:-}"/.sdkman/candidates/java/* \
        "${HOME:-}"/.jdks/* \
        /Library/Java/JavaVirtualMachines/*/Contents/Home \
        /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
        "$on_path"; do
        if [ -n "$candidate_home" ] && gavel_jdk_fits "$candidate_home" "$@"; then
            GAVEL_JDK=$candidate_home
            return 0
        fi
    done
    echo "gavel: no JDK $GAVEL_JDK_MIN or newer in GAVEL_JAVA_HOME, JAVA_HOME, /usr/lib/jvm, /usr/java, /opt," \
        "~/.sdkman, ~/.jdks, /Library/Java or PATH: install one (for example Eclipse Temurin $GAVEL_JDK_MIN)" \
        "or set GAVEL_JAVA_HOME" >&2
    return 1
}
