import Foundation

extension TaskResult {
  /// Reads a result's file.
  ///
  /// - Throws: As a decoder does.
  public init(file data: Data) throws {
    guard let result = Self.quickly(data) else {
      self = try JSONDecoder().decode(TaskResult.self, from: data)
      return
    }
    self = result
  }

  /// The same without a general decoder for the many numbers; nil: it takes one.
  static func quickly(_ data: Data) -> TaskResult? {
    var (losses, logits, everyEpoch) = ([Double]?.none, [[Float]]?.none, [[[Float]]]?.none)
    /// The file with empty arrays for those three.
    var rest = Data("{".utf8)
    do {
      try data.withUnsafeBytes { bytes in
        var numbers = NumberArrays(bytes.bindMemory(to: UInt8.self))
        try numbers.object { numbers, key in
          if rest.count > 1 { rest.append(UInt8(ascii: ",")) }
          rest.append(Data("\"\(key)\":".utf8))
          let isAgain: Bool
          switch key {
          case Keys.losses.rawValue:
            isAgain = losses != nil
            losses = try numbers.array { try $0.double() }
          case Keys.logits.rawValue:
            isAgain = logits != nil
            logits = try numbers.matrix()
          case Keys.logitsOfEveryEpoch.rawValue:
            isAgain = everyEpoch != nil
            everyEpoch = try numbers.array { try $0.matrix() }
          default:
            rest.append(contentsOf: try numbers.skip())
            return
          }
          if isAgain { throw NumberArrays.Unknown() }
          rest.append(Data("[]".utf8))
        }
      }
    } catch {
      return nil
    }
    rest.append(UInt8(ascii: "}"))
    guard let losses, let logits,
      var result = try? JSONDecoder().decode(TaskResult.self, from: rest)
    else { return nil }
    (result.losses, result.logits, result.logitsOfEveryEpoch) = (losses, logits, everyEpoch)
    return result
  }
}
