package io.varlen.internal.cuda;

import java.nio.ByteBuffer;

/**
 * Page-locked memory of the host.
 *
 * @param address as the device's driver knows it
 * @param bytes all of it, direct and in native order; its position and limit are left alone
 */
record HostMemory(long address, ByteBuffer bytes) {}
