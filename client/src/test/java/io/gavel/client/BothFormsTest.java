package io.gavel.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.gavel.client.cluster.Cluster;
import io.gavel.client.config.ConfigNamespace;
import io.gavel.client.config.ConfigStore;
import io.gavel.client.election.Election;
import io.gavel.client.election.Elections;
import io.gavel.client.election.Leadership;
import io.gavel.client.kv.KeyValue;
import io.gavel.client.kv.Txn;
import io.gavel.client.lock.DistributedLock;
import io.gavel.client.lock.LockGrant;
import io.gavel.client.lock.Locks;
import io.gavel.client.session.Session;
import io.gavel.client.session.Sessions;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every verb that asks the cluster comes in a blocking and in a future form, with the same arguments and result. */
class BothFormsTest {
    /** What needs no answer of the cluster, or is itself a subscription, a view, or a loop around the user's code. */
    private static final Set<String> LOCAL = Set.of(
            "Cluster.saveSnapshot",
            "ConfigNamespace.name",
            "ConfigNamespace.watch",
            "ConfigStore.namespace",
            "DistributedLock.acquire(Duration)",
            "DistributedLock.callLocked",
            "DistributedLock.name",
            "DistributedLock.runLocked",
            "Election.latch",
            "Election.name",
            "Election.observe",
            "Election.run",
            "Elections.election",
            "KeyValue.txn",
            "KeyValue.watch",
            "Leadership.proposal",
            "LockGrant.close",
            "LockGrant.fencingToken",
            "LockGrant.guard",
            "LockGrant.interruptOnLoss",
            "LockGrant.isHeld",
            "LockGrant.name",
            "LockGrant.onLost",
            "LockGrant.requireHeld",
            "LockGrant.safeFor",
            "LockGrant.sessionId",
            "Locks.lock",
            "Locks.readWriteLock",
            "Locks.semaphore",
            "Session.id",
            "Session.onState",
            "Session.safeFor",
            "Session.state",
            "Session.ttl",
            "Txn.otherwise",
            "Txn.then",
            "Txn.when");

    @ParameterizedTest
    @ValueSource(
            classes = {
                Cluster.class,
                ConfigNamespace.class,
                ConfigStore.class,
                DistributedLock.class,
                Election.class,
                Elections.class,
                KeyValue.class,
                Leadership.class,
                LockGrant.class,
                Locks.class,
                Session.class,
                Sessions.class,
                Txn.class
            })
    void eachBlockingVerbHasItsFuture(Class<?> type) {
        List<String> missing = new ArrayList<>();
        for (Method method : type.getDeclaredMethods()) {
            if (isVerb(type, method) && !hasFuture(type, method)) {
                missing.add(method.toGenericString());
            }
        }
        assertThat(missing).isEmpty();
    }

    private static boolean isVerb(Class<?> type, Method method) {
        String name = type.getSimpleName() + '.' + method.getName();
        String first = method.getParameterCount() == 0 ? "" : method.getParameterTypes()[0].getSimpleName();
        return !method.isSynthetic()
                && !CompletionStage.class.isAssignableFrom(method.getReturnType())
                && !LOCAL.contains(name)
                && !LOCAL.contains(name + '(' + first + ')');
    }

    private static boolean hasFuture(Class<?> type, Method verb) {
        return Arrays.stream(type.getDeclaredMethods())
                .anyMatch(method -> method.getName().equals(verb.getName() + "Async")
                        && Arrays.equals(method.getParameterTypes(), verb.getParameterTypes())
                        && method.getReturnType().equals(CompletableFuture.class)
                        && sameResult(verb, method));
    }

    private static boolean sameResult(Method verb, Method future) {
        Type result = ((ParameterizedType) future.getGenericReturnType()).getActualTypeArguments()[0];
        if (verb.getReturnType() == void.class) {
            return result == Void.class || result == Boolean.class;
        }
        Type wanted = verb.getGenericReturnType();
        if (wanted instanceof Class<?> plain) {
            wanted = MethodType.methodType(plain).wrap().returnType();
        }
        // By name: type variables of two methods are never equal.
        return wanted.getTypeName().equals(result.getTypeName());
    }
}
