package io.varlen.internal.cuda;

import java.nio.ByteBuffer;

/**
 * Page-locked memory of the host.
 *
 * @param owner what its driver knows it by
 * @param bytes all of it, direct and in native order; its position and limit are left alone
 */
record HostMemory(Object owner, ByteBuffer bytes) {}
