package io.varlen.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.varlen.attention.DeviceException;
import io.varlen.attention.DeviceException.Kind;
import io.varlen.attention.OutOfDeviceMemoryException;
import jcuda.driver.CUresult;
import org.junit.jupiter.api.Test;

class CudaErrorsTest {
    @Test
    void errorsAreToldApartByWhatCanBeDone() {
        assertThat(CudaErrors.kind(CUresult.CUDA_ERROR_OUT_OF_MEMORY)).isEqualTo(Kind.OUT_OF_MEMORY);
        for (int fatal : new int[] {
            CUresult.CUDA_ERROR_DEINITIALIZED,
            CUresult.CUDA_ERROR_ECC_UNCORRECTABLE,
            CUresult.CUDA_ERROR_NVLINK_UNCORRECTABLE,
            CUresult.CUDA_ERROR_ILLEGAL_ADDRESS,
            CUresult.CUDA_ERROR_LAUNCH_TIMEOUT,
            CUresult.CUDA_ERROR_CONTEXT_IS_DESTROYED,
            CUresult.CUDA_ERROR_ASSERT,
            CUresult.CUDA_ERROR_HARDWARE_STACK_ERROR,
            CUresult.CUDA_ERROR_ILLEGAL_INSTRUCTION,
            CUresult.CUDA_ERROR_MISALIGNED_ADDRESS,
            CUresult.CUDA_ERROR_INVALID_ADDRESS_SPACE,
            CUresult.CUDA_ERROR_INVALID_PC,
            CUresult.CUDA_ERROR_LAUNCH_FAILED,
            CUresult.CUDA_ERROR_MPS_RPC_FAILURE,
            CUresult.CUDA_ERROR_EXTERNAL_DEVICE,
            CUresult.CUDA_ERROR_UNKNOWN
        }) {
            assertThat(CudaErrors.kind(fatal)).as(CUresult.stringFor(fatal)).isEqualTo(Kind.FATAL);
        }
        for (int retryable : new int[] {
            CUresult.CUDA_ERROR_DEVICE_UNAVAILABLE,
            CUresult.CUDA_ERROR_SYSTEM_NOT_READY,
            CUresult.CUDA_ERROR_MPS_CONNECTION_FAILED,
            CUresult.CUDA_ERROR_MPS_SERVER_NOT_READY,
            CUresult.CUDA_ERROR_MPS_MAX_CLIENTS_REACHED,
            CUresult.CUDA_ERROR_MPS_MAX_CONNECTIONS_REACHED
        }) {
            assertThat(CudaErrors.kind(retryable))
                    .as(CUresult.stringFor(retryable))
                    .isEqualTo(Kind.RETRYABLE);
        }
        for (int usage : new int[] {
            CUresult.CUDA_ERROR_INVALID_VALUE,
            CUresult.CUDA_ERROR_OPERATING_SYSTEM,
            CUresult.CUDA_ERROR_NOT_READY,
            CUresult.CUDA_ERROR_NO_BINARY_FOR_GPU,
            CUresult.CUDA_ERROR_INVALID_PTX,
            CUresult.CUDA_ERROR_UNSUPPORTED_PTX_VERSION,
            CUresult.CUDA_ERROR_NOT_FOUND,
            CUresult.CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES
        }) {
            assertThat(CudaErrors.kind(usage)).as(CUresult.stringFor(usage)).isEqualTo(Kind.USAGE);
        }
    }

    @Test
    void messagesSayWhatWasDoneAndWhatHelps() {
        DeviceException memory = CudaErrors.exception(2, "CUDA_ERROR_OUT_OF_MEMORY", "taking 8 bytes");
        assertThat(memory)
                .isInstanceOf(OutOfDeviceMemoryException.class)
                .hasMessage("taking 8 bytes: CUDA_ERROR_OUT_OF_MEMORY (2)");
        assertThat(CudaErrors.exception(700, "CUDA_ERROR_ILLEGAL_ADDRESS", "waiting"))
                .hasMessageStartingWith("waiting: CUDA_ERROR_ILLEGAL_ADDRESS (700)")
                .hasMessageContaining("context is lost");
        assertThat(CudaErrors.exception(802, "x", "y").kind()).isEqualTo(Kind.RETRYABLE);
        assertThat(CudaErrors.exception(1, "x", "y").kind()).isEqualTo(Kind.USAGE);
    }
}
