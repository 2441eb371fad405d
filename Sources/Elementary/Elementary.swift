import CKernels
import Requirements

/// Elementary functions in float64 that are the same bits on every machine.
///
/// Each is a fixed sequence of IEEE 754 operations. The C library's differ from one version, and one
/// CPU, to the next.
public enum Elementary {
  /// e^x, within 1 unit in the last place.
  public static func exp(_ x: Double) -> Double { ckernels_exp_f64(x) }

  /// The natural logarithm of x, within 1 unit in the last place; NaN below 0.
  public static func log(_ x: Double) -> Double { ckernels_log_f64(x) }

  /// cos(2π · turn) for a turn in [0, 1], within 2^-52.
  public static func cosine(ofTurn turn: Double) -> Double { ckernels_cosine_of_turn_f64(turn) }

  /// base^exponent by repeated squaring, for exponents of at least 0.
  public static func power(_ base: Double, _ exponent: Int) -> Double {
    require(exponent >= 0, "the exponent \(exponent) is below 0")
    var (result, factor, left) = (1.0, base, exponent)
    while left > 0 {
      if left & 1 == 1 { result *= factor }
      factor *= factor
      left >>= 1
    }
    return result
  }
}
