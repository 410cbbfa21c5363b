package io.varlen.spark.scoring;

/**
 * One output row of {@code score}.
 *
 * @param docId the document
 * @param nTokens the tokens of the document with the special tokens that {@code encode(text)} adds
 * @param nScored how many of them follow another, and so have a likelihood
 * @param nll the sum of their negative log-likelihoods in nats, added up in the order of the tokens
 */
public record DocumentScore(String docId, long nTokens, long nScored, double nll) {
    /** {@code exp(nll / nScored)}; null if nothing was scored. */
    public Double perplexity() {
        return perplexity(nll, nScored);
    }

    static Double perplexity(double nll, long nScored) {
        return nScored == 0 ? null : Double.valueOf(Math.exp(nll / nScored));
    }
}
