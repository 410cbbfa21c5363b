package io.varlen.spark.input;

import java.io.IOException;
import java.io.InputStream;

/** {@link InputFormat#PARAGRAPHS}: paragraphs joined while they are short, see there. */
final class ParagraphReader extends SplitReader {
    private final LineScanner scanner;
    private boolean ended;

    // the joined paragraphs are pending[0, joinedEnd); the paragraph that may join them is pending[paragraphStart,
    // paragraphEnd)
    private final RecordBuffer pending = new RecordBuffer();
    private long pendingOffset;
    private long joinedEnd;
    private long joinedWords;
    private long paragraphStart;
    private long paragraphEnd;
    private long paragraphWords;

    ParagraphReader(InputFile file, InputStream in) {
        super(file);
        this.scanner = new LineScanner(in, 0);
    }

    @Override
    protected InputRecord read() throws IOException {
        while (!ended) {
            ended = !scanner.next();
            InputRecord document = null;
            if (ended || scanner.isBlank()) {
                document = endParagraph();
            } else if (paragraphWords == 0) {
                beginParagraph();
            }
            if (!ended) {
                appendLine();
            }
            if (document != null) {
                return document;
            }
        }
        return takeJoined();
    }

    private void beginParagraph() {
        if (joinedWords == 0) {
            pending.clear();
            pendingOffset = scanner.start();
        }
        paragraphStart = pending.size();
    }

    private void appendLine() {
        if (!scanner.isBlank()) {
            paragraphEnd = pending.size() + scanner.length();
            paragraphWords += words(scanner);
        }
        if (paragraphWords > 0 || joinedWords > 0) {
            pending.append(scanner.line());
        }
    }

    /** Joins the paragraph to those before it, or gives those and makes it the first of the next ones. */
    private InputRecord endParagraph() {
        if (paragraphWords == 0) {
            return null;
        }
        InputRecord document = null;
        if (joinedWords > 0 && joinedWords + paragraphWords > InputFormat.PARAGRAPH_WORDS) {
            document = takeJoined();
            pending.discard(paragraphStart);
            pendingOffset += paragraphStart;
            paragraphEnd -= paragraphStart;
        }
        joinedEnd = paragraphEnd;
        joinedWords += paragraphWords;
        paragraphWords = 0;
        return document;
    }

    private InputRecord takeJoined() {
        if (joinedWords == 0) {
            return null;
        }
        joinedWords = 0;
        return pending.holds(joinedEnd)
                ? textRecord(pending.array(), (int) joinedEnd, pendingOffset, null)
                : tooLarge(pendingOffset, joinedEnd);
    }

    private static long words(LineScanner line) {
        if (!line.isWhole()) {
            return InputFormat.PARAGRAPH_WORDS + 1;
        }
        byte[] bytes = line.line().array();
        long words = 0;
        boolean inWord = false;
        for (int i = 0; i < line.length(); i++) {
            boolean space = LineScanner.isSpace(bytes[i]);
            words += !space && !inWord ? 1 : 0;
            inWord = !space;
        }
        return words;
    }

    @Override
    protected long position() {
        return scanner.end();
    }

    @Override
    public void close() throws IOException {
        scanner.close();
    }
}
