import CKernels

/// What the operands of a product are rounded to; sums are float32 in either case.
public enum ProductPrecision: String, Sendable, CaseIterable {
  case float32
  /// bfloat16 operands, for CPUs that multiply them.
  case bf16
}

/// What computes the float32 products.
public enum ProductKernel: Sendable, Equatable {
  /// The engine's own kernels. Each element is a chain of fused multiply-adds in the order of k:
  /// tiles, threads, ranks and, in float32, the instruction set never change a bit.
  case packed(ProductPrecision)
  /// OpenBLAS, one call a shard: how it rounds depends on a call's shape and on the CPU.
  case openBLAS

  /// The kernels for a precision on this CPU: the engine's own where the CPU fuses multiply and
  /// add, otherwise OpenBLAS.
  ///
  /// - Throws: `UnsupportedPrecision` for bf16 on a CPU without it.
  public static func best(_ precision: ProductPrecision) throws -> ProductKernel {
    guard precision == .float32 || ckernels_has_bf16() == 1 else { throw UnsupportedPrecision() }
    return precision == .bf16 ? .packed(.bf16) : best
  }

  /// The kernels for float32 on this CPU.
  public static var best: ProductKernel {
    #if arch(x86_64)
      ckernels_best_kernel() == CKERNELS_PORTABLE ? .openBLAS : .packed(.float32)
    #else
      .packed(.float32)
    #endif
  }

  /// What is recorded of a run: kernels and instruction set.
  public var description: String {
    switch self {
    case .openBLAS: "OpenBLAS \(BLAS.kernel)"
    case .packed(.bf16): "packed bf16 avx512"
    case .packed(.float32):
      switch ckernels_best_kernel() {
      case CKERNELS_AVX512: "packed float32 avx512"
      case CKERNELS_AVX2: "packed float32 avx2"
      default: "packed float32 portable"
      }
    }
  }

  /// The engine's kernel; nil for OpenBLAS.
  var packed: ckernels_kernel? {
    switch self {
    case .openBLAS: nil
    case .packed(.float32): ckernels_best_kernel()
    case .packed(.bf16): CKERNELS_BF16
    }
  }
}

/// A precision that this CPU cannot compute in.
public struct UnsupportedPrecision: Error, CustomStringConvertible, Equatable {
  public var description: String {
    "bf16 needs a CPU that multiplies bfloat16 (x86-64 with avx512_bf16), and this one does not; "
      + "use float32"
  }
}
