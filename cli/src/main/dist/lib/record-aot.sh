#!/bin/sh
# Records the AOT caches of this distribution for the JVM that bin/gavel finds: a cache fits that one build of the JVM
# only. One is of the commands, one of a server; `gavel train` uses both the way people do.
set -eu

self=$(readlink -f "$0")
home=${self%/lib/record-aot.sh}

record() {
    rm -f "$home/lib/commands.aot" "$home/lib/server.aot"
    "$home/bin/gavel" train --server-cache "$home/lib/server.aot" </dev/null >/dev/null
    [ -s "$home/lib/commands.aot" ] && [ -s "$home/lib/server.aot" ]
}

# Once more, should another process have taken a port that was free a moment ago.
record || record
