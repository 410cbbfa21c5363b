/**
 * Where native libraries are unpacked. Start with {@link io.varlen.natives.NativeDirectory}, which every class that loads
 * a native library calls first.
 */
package io.varlen.natives;
