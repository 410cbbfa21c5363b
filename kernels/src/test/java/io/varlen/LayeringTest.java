package io.varlen;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Who may see whom inside kernels; each form of rule is also shown to fail. */
class LayeringTest {
    /** The one package that may use a library. */
    private static final Map<String, String> LIBRARY_HOMES = Map.of(
            "com.knuddels.jtokkit..", "io.varlen.tokenizer..",
            "ai.djl..", "io.varlen.tokenizer..",
            "org.bytedeco..", "io.varlen.internal.cpu..",
            "com.sun.jna..", "io.varlen.internal..",
            "jcuda..", "io.varlen.internal.cuda..");

    /** Opens backends, which implement interfaces of its own package. */
    private static final String CHOOSER = "io.varlen.attention.Backends";

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(location -> !location.contains("/test-classes/"))
            .importPackages("io.varlen");

    static Stream<Map.Entry<String, String>> libraries() {
        return LIBRARY_HOMES.entrySet().stream();
    }

    @ParameterizedTest
    @MethodSource("libraries")
    void aLibraryIsSeenByItsPackageOnly(Map.Entry<String, String> library) {
        seenOnlyBy(library.getKey(), library.getValue()).check(CLASSES);
    }

    /** Whatever else drives a device is written over an interface of ours, which tests implement by an emulator. */
    @Test
    void oneClassSeesJCuda() {
        ArchRule rule = noClasses()
                .that()
                .haveNameNotMatching("io\\.varlen\\.internal\\.cuda\\.JCudaDriver(\\$.*)?")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("jcuda..");
        rule.check(CLASSES);
        assertThat(CLASSES.get("io.varlen.internal.cuda.JCudaDriver").getDirectDependenciesFromSelf())
                .anyMatch(dependency ->
                        dependency.getTargetClass().getPackageName().startsWith("jcuda"));
    }

    @Test
    void aLibrarySeenElsewhereIsFound() {
        assertThatThrownBy(() -> seenOnlyBy("com.knuddels.jtokkit..", "io.varlen.nowhere..")
                        .check(CLASSES))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("io.varlen.tokenizer");
    }

    @Test
    void thereIsNoSparkHere() {
        seenOnlyBy("org.apache..", "io.varlen.nowhere..").check(CLASSES);
        seenOnlyBy("scala..", "io.varlen.nowhere..").check(CLASSES);
    }

    @Test
    void whatIsInternalIsSeenOnlyByWhoChoosesAmongIt() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.varlen.internal..")
                .and()
                .doNotHaveFullyQualifiedName(CHOOSER)
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.varlen.internal..")
                .check(CLASSES);
    }

    @Test
    void packagesFormNoCycle() {
        noCycle("io.varlen.(*)..")
                .ignoreDependency(name(CHOOSER), resideInAPackage("io.varlen.internal.."))
                .check(CLASSES);
    }

    @Test
    void aCycleIsFound() {
        JavaClasses jdk = new ClassFileImporter().importClasses(String.class, Locale.class);
        assertThatThrownBy(() -> noCycle("java.(*)..").check(jdk))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("Cycle detected");
    }

    @Test
    void everyPackageIntroducesItself() throws IOException {
        Path sources = Path.of("src/main/java");
        try (Stream<Path> files = Files.walk(sources)) {
            assertThat(files.filter(file -> file.toString().endsWith(".java"))
                            .map(Path::getParent)
                            .distinct())
                    .filteredOn(folder -> !folder.equals(sources.resolve("io/varlen")))
                    .isNotEmpty()
                    .allSatisfy(folder ->
                            assertThat(folder.resolve("package-info.java")).exists());
        }
    }

    private static ArchRule seenOnlyBy(String library, String home) {
        return noClasses()
                .that()
                .resideOutsideOfPackage(home)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(library);
    }

    private static SliceRule noCycle(String packages) {
        return slices().matching(packages).should().beFreeOfCycles();
    }
}
