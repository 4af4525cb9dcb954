package io.gavel.client.internal.wire;

import io.gavel.client.Bytes;
import io.gavel.client.kv.Compare;
import io.gavel.client.kv.DeleteOptions;
import io.gavel.client.kv.Op;
import io.gavel.client.kv.PutOptions;
import io.gavel.protocol.v1.Delete;
import io.gavel.protocol.v1.Put;
import io.gavel.protocol.v1.ReadOperation;
import io.gavel.protocol.v1.TxnOperation;

/** Turns what users say into messages. */
public final class Encode {
    private Encode() {}

    public static Put.Builder put(Bytes key, Bytes value, PutOptions options) {
        Limits.key(key);
        Limits.value(value);
        Put.Builder put = Put.newBuilder()
                .setKey(Wire.bytes(key))
                .setValue(Wire.bytes(value))
                .setEphemeral(options.ephemeral())
                .setTtlMillis(Limits.ttlMillis(options.ttl()))
                .setReturnPrevious(options.returnPrevious());
        if (options.ifVersion() >= 0) {
            put.setIfVersion(options.ifVersion());
        }
        if (options.ifModRevision() >= 0) {
            put.setIfModRevision(options.ifModRevision());
        }
        return put;
    }

    public static Delete.Builder delete(Bytes key, DeleteOptions options) {
        if (!options.prefix()) {
            Limits.key(key);
        }
        Delete.Builder delete = Delete.newBuilder()
                .setKey(Wire.bytes(key))
                .setPrefix(options.prefix())
                .setReturnPrevious(options.returnPrevious());
        if (options.ifVersion() >= 0) {
            delete.setIfVersion(options.ifVersion());
        }
        if (options.ifModRevision() >= 0) {
            delete.setIfModRevision(options.ifModRevision());
        }
        return delete;
    }

    public static TxnOperation operation(Op operation) {
        TxnOperation.Builder message = TxnOperation.newBuilder();
        if (operation instanceof Op.Put put) {
            return message.setPut(put(put.key(), put.value(), put.options())).build();
        }
        if (operation instanceof Op.Delete delete) {
            return message.setDelete(delete(delete.key(), delete.options())).build();
        }
        Op.Get get = (Op.Get) operation;
        return message.setGet(ReadOperation.newBuilder()
                        .setKey(Wire.bytes(get.key()))
                        .setPrefix(get.prefix())
                        .setLimit(Limits.nonNegative("limit", get.limit())))
                .build();
    }

    public static io.gavel.protocol.v1.Compare compare(Compare compare) {
        Limits.key(compare.key());
        io.gavel.protocol.v1.Compare.Builder message =
                io.gavel.protocol.v1.Compare.newBuilder().setKey(Wire.bytes(compare.key()));
        if (compare instanceof Compare.Version version) {
            return message.setRelation(relation(version.relation()))
                    .setVersion(version.version())
                    .build();
        }
        if (compare instanceof Compare.CreateRevision created) {
            return message.setRelation(relation(created.relation()))
                    .setCreateRevision(created.revision())
                    .build();
        }
        if (compare instanceof Compare.ModRevision modified) {
            return message.setRelation(relation(modified.relation()))
                    .setModRevision(modified.revision())
                    .build();
        }
        if (compare instanceof Compare.Value value) {
            return message.setRelation(relation(value.relation()))
                    .setValue(Wire.bytes(value.value()))
                    .build();
        }
        return message.setExists(((Compare.Exists) compare).exists()).build();
    }

    private static io.gavel.protocol.v1.Compare.Relation relation(Compare.Relation relation) {
        return switch (relation) {
            case EQUAL -> io.gavel.protocol.v1.Compare.Relation.EQUAL;
            case NOT_EQUAL -> io.gavel.protocol.v1.Compare.Relation.NOT_EQUAL;
            case LESS -> io.gavel.protocol.v1.Compare.Relation.LESS;
            case GREATER -> io.gavel.protocol.v1.Compare.Relation.GREATER;
        };
    }
}
