import Requirements

/// What the ranks of a group tell one another about checkpoints with every step.
///
/// It travels with the losses, so that agreeing costs no message of its own.
struct CheckpointNote: Equatable {
  /// What the leader would like written after this step.
  enum Wish: Int { case nothing, full, difference }

  /// What a rank has written, whole and durable, or failed to write.
  struct Receipt: Equatable {
    var generation: Int
    /// 0: it failed.
    var bytes: Int
    /// 64 hexadecimal digits.
    var sha256: String
  }

  /// Whether this rank has been asked to stop.
  var stops = false
  var wish = Wish.nothing
  /// Whether this rank is still busy with an earlier checkpoint.
  var isBusy = false
  var receipt: Receipt?

  static let count = 13

  init() {}

  /// The hash travels as eight numbers of 32 bits, which float64 holds exactly.
  var numbers: [Double] {
    var words = [Double](repeating: 0, count: 8)
    if let receipt, receipt.bytes > 0 {
      var rest = Substring(receipt.sha256)
      for index in words.indices {
        words[index] = Double(UInt32(rest.prefix(8), radix: 16) ?? 0)
        rest = rest.dropFirst(8)
      }
    }
    return [
      stops ? 1 : 0, Double(wish.rawValue), isBusy ? 1 : 0,
      Double(receipt?.generation ?? -1), Double(receipt?.bytes ?? 0),
    ] + words
  }

  init(numbers: [Double]) {
    require(numbers.count == Self.count, "a note of \(numbers.count) numbers")
    stops = numbers[0] != 0
    wish = Wish(rawValue: Int(numbers[1])) ?? .nothing
    isBusy = numbers[2] != 0
    if numbers[3] >= 0 {
      let sha256 = numbers[5...].map { number in
        let digits = String(UInt32(number), radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
      }.joined()
      receipt = Receipt(generation: Int(numbers[3]), bytes: Int(numbers[4]), sha256: sha256)
    }
  }
}
