package io.gavel.server.entry;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import java.util.List;
import java.util.Map;
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
        for (Map.Entry<FieldDescriptor, Object> field : message.getAllFields().entrySet()) {
            String found = findInField(field.getKey(), field.getValue());
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    private static @Nullable String findInField(FieldDescriptor field, Object value) {
        if (field.getJavaType() != FieldDescriptor.JavaType.MESSAGE
                && field.getJavaType() != FieldDescriptor.JavaType.ENUM) {
            return null;
        }
        if (value instanceof List<?> values) {
            for (Object element : values) {
                String found = findInElement(field, element);
                if (found != null) {
                    return found;
                }
            }
            return null;
        }
        return findInElement(field, value);
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
