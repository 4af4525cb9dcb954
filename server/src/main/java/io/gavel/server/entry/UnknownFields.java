package io.gavel.server.entry;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.OneofDescriptor;
import com.google.protobuf.Message;
import org.jspecify.annotations.Nullable;

/// Finds what a request carries beyond this version's vocabulary.
///
/// Every member must decode a logged command alike, so a router refuses unknown fields, enum values and variants
/// before the log (rule 29). Not for answers: clients skip what they do not know.
public final class UnknownFields {
    private UnknownFields() {}

    /// The path of the first unknown field or enum value in the message, at any depth, or `null` if it has none.
    public static @Nullable String findIn(Message message) {
        var unknown = message.getUnknownFields();
        if (!unknown.isEmpty()) {
            return message.getDescriptorForType().getName() + "."
                    + unknown.asMap().keySet().iterator().next();
        }
        for (OneofDescriptor choice : message.getDescriptorForType().getRealOneofs()) {
            FieldDescriptor chosen = message.getOneofFieldDescriptor(choice);
            String found = chosen == null ? null : findInField(message, chosen);
            if (found != null) {
                return found;
            }
        }
        for (FieldDescriptor field : message.getDescriptorForType().getFields()) {
            String found = field.getRealContainingOneof() == null ? findInField(message, field) : null;
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    private static @Nullable String findInField(Message message, FieldDescriptor field) {
        if (field.getJavaType() != FieldDescriptor.JavaType.MESSAGE
                && field.getJavaType() != FieldDescriptor.JavaType.ENUM) {
            return null;
        }
        if (field.isRepeated()) {
            for (int i = 0; i < message.getRepeatedFieldCount(field); i++) {
                String found = findInElement(field, message.getRepeatedField(field, i));
                if (found != null) {
                    return found;
                }
            }
            return null;
        }
        return message.hasField(field) ? findInElement(field, message.getField(field)) : null;
    }

    private static @Nullable String findInElement(FieldDescriptor field, Object element) {
        if (element instanceof Message message) {
            return findIn(message);
        }
        if (element instanceof com.google.protobuf.Descriptors.EnumValueDescriptor constant
                && constant.getIndex() < 0) {
            return field.getFullName() + "=" + constant.getNumber();
        }
        return null;
    }
}
