import COpenBLAS

/// Facts and settings of the BLAS underneath.
public enum BLAS {
  /// OpenBLAS computes each call on the caller's thread: our own pool runs the tiles, so that
  /// neither the number of threads nor their timing can change a bit. Call it before any product.
  public static func useOneThreadACall() { openblas_set_num_threads(1) }

  /// The kernel that OpenBLAS chose for this CPU, such as `SkylakeX`.
  public static var kernel: String { String(cString: openblas_get_corename()) }

  /// OpenBLAS's version and build options.
  public static var description: String { String(cString: openblas_get_config()) }
}
