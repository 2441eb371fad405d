import CKernels

/// What the operands of a product are rounded to; sums are float32 in either case.
public enum ProductPrecision: String, Sendable, CaseIterable {
  case float32
  /// bfloat16 operands, for CPUs that multiply them.
  case bf16
}

/// What computes the float32 products.
public enum ProductKernel: Sendable, Equatable {
  /// The engine's own kernels. Each element is one chain of fused multiply-adds in the order of k:
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
      ckernels_best_instructions() == CKERNELS_PORTABLE ? .openBLAS : .packed(.float32)
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
      switch ckernels_best_instructions() {
      case CKERNELS_AVX512: "packed float32 avx512"
      case CKERNELS_AVX2: "packed float32 avx2"
      default: "packed float32 portable"
      }
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

/// One tile of a product: C [m, n] = (or +=) A · B, where k is cut into leaves whose products are
/// added as a binary tree.
public struct ProductTile<Scalar: TensorScalar> {
  public var m: Int
  public var n: Int
  /// Steps of k of each leaf; as many as a power of two.
  public var leaves: [Int]
  /// Element (i, p) at `a[i · aRow + p · aDepth]`; one of the two is 1.
  public var a: UnsafePointer<Scalar>
  public var aRow: Int
  public var aDepth: Int
  /// Element (p, j) at `b[p · bDepth + j · bColumn]`; one of the two is 1.
  public var b: UnsafePointer<Scalar>
  public var bDepth: Int
  public var bColumn: Int
  public var c: UnsafeMutablePointer<Scalar>
  public var cRow: Int
  /// Whether the product is added to C.
  public var adds: Bool
}

extension ProductKernel {
  /// Steps of k that may be given as several leaves at once.
  static var longestFusedDepth: Int { Int(CKERNELS_PRODUCT_BLOCK) }
  static var mostFusedLeaves: Int { 64 }

  /// Whether cutting rows or columns differently leaves every bit as it is.
  public var isTilingFree: Bool { self != .openBLAS }
}
