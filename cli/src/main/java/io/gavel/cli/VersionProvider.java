package io.gavel.cli;

import picocli.CommandLine.IVersionProvider;

/// Reads the version from the manifest of the jar that runs.
final class VersionProvider implements IVersionProvider {
    @Override
    public String[] getVersion() {
        String version = VersionProvider.class.getPackage().getImplementationVersion();
        return new String[] {version == null ? "gavel (not packaged)" : "gavel " + version};
    }
}
