import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.util.Progressable;

/**
 * The local disk as {@code fault:///…}, where once, in one of all processes, something happens: {@code fault.mode} says what, {@code
 * fault.at} before which change of this process it may, and the file {@code fault.marker} is made by the process in which it does.
 *
 * <ul>
 *   <li>{@code throw}: creating a unit's file fails.
 *   <li>{@code always}: creating a unit's file fails, whenever it is tried.
 *   <li>{@code slow}: creating a unit's file takes 30 seconds, or until the task is interrupted.
 *   <li>{@code stubborn}: creating a unit's file takes 6 seconds, whoever interrupts.
 *   <li>{@code pause}: a change outside the staging folder, which is one of the commit, takes two minutes: time to kill the process.
 *   <li>anything else: nothing.
 * </ul>
 */
public class FaultFileSystem extends RawLocalFileSystem {
    private static final AtomicInteger UNIT_FILES = new AtomicInteger();
    private static final AtomicInteger COMMIT_STEPS = new AtomicInteger();

    @Override
    public String getScheme() {
        return "fault";
    }

    @Override
    public URI getUri() {
        return URI.create("fault:///");
    }

    @Override
    public FSDataOutputStream create(
            Path path, boolean overwrite, int bufferSize, short replication, long blockSize, Progressable progress)
            throws IOException {
        before(path, true);
        return super.create(path, overwrite, bufferSize, replication, blockSize, progress);
    }

    @Override
    public boolean rename(Path from, Path to) throws IOException {
        before(to, false);
        return super.rename(from, to);
    }

    @Override
    public boolean delete(Path path, boolean recursive) throws IOException {
        before(path, false);
        return super.delete(path, recursive);
    }

    private void before(Path path, boolean creates) throws IOException {
        String mode = getConf().get("fault.mode", "");
        boolean staged = path.toString().contains("/_varlen/staging");
        boolean unitFile = creates && staged && path.toString().contains("/data/");
        int at = getConf().getInt("fault.at", 0);
        boolean reached =
                mode.equals("pause") ? !staged && COMMIT_STEPS.getAndIncrement() == at : unitFile && UNIT_FILES.getAndIncrement() >= at;
        if (reached && (mode.equals("always") || isFirst())) {
            happen(mode, path);
        }
    }

    private boolean isFirst() {
        try {
            Files.createFile(Paths.get(getConf().get("fault.marker")));
            return true;
        } catch (FileAlreadyExistsException e) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void happen(String mode, Path path) throws IOException {
        switch (mode) {
            case "throw":
                throw new IOException("thrown once, before " + path);
            case "always":
                throw new IOException("thrown always, before " + path);
            case "slow":
                pause(30, true);
                break;
            case "stubborn":
                pause(6, false);
                break;
            case "pause":
                pause(120, false);
                break;
            default:
                break;
        }
    }

    private static void pause(int seconds, boolean interruptible) throws IOException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        boolean interrupted = false;
        for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
            try {
                TimeUnit.NANOSECONDS.sleep(left);
            } catch (InterruptedException e) {
                if (interruptible) {
                    Thread.currentThread().interrupt();
                    throw new IOException("interrupted", e);
                }
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
