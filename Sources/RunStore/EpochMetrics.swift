import Foundation

/// A line of a training's `metrics.jsonl`: what an epoch was like. Nothing in it comes from test clips.
public struct EpochMetrics: Codable, Sendable, Equatable {
  /// From 1.
  public var epoch: Int
  /// Mean training loss, the same number as in the training's result.
  public var loss: Double
  /// The step size of the epoch's last update.
  public var learningRate: Double
  /// Of the part of the epoch that the last job trained; nil: nobody has measured it.
  public var seconds: Double?
  /// Of the same part.
  public var samplesPerSecond: Double?
  /// When the coordinator heard of the epoch's end, or of its loss if nobody measured it; since 1970.
  public var time: Double

  enum CodingKeys: String, CodingKey {
    case epoch, loss, seconds, time
    case learningRate = "learning_rate"
    case samplesPerSecond = "samples_per_second"
  }

  public init(
    epoch: Int, loss: Double, learningRate: Double, seconds: Double? = nil,
    samplesPerSecond: Double? = nil, time: Double
  ) {
    self.epoch = epoch
    self.loss = loss
    self.learningRate = learningRate
    self.seconds = seconds
    self.samplesPerSecond = samplesPerSecond
    self.time = time
  }

  /// Whether training says the same of the epoch; times may differ.
  func isSame(as other: Self) -> Bool {
    epoch == other.epoch && loss == other.loss && learningRate == other.learningRate
  }

  /// As it stands in the file, with its end.
  ///
  /// - Throws: What an encoder throws at a number that is not finite.
  func line() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self) + [UInt8(ascii: "\n")]
  }

  /// The epochs of a file, as far as its lines are whole and one epoch follows another.
  ///
  /// - Parameter after: Epochs that come before these bytes.
  /// - Returns: Them, and the bytes of their lines.
  public static func read(_ data: Data, after: Int = 0) -> (epochs: [Self], bytes: Int) {
    var epochs: [Self] = []
    var start = data.startIndex
    let decoder = JSONDecoder()
    while let end = data[start...].firstIndex(of: UInt8(ascii: "\n")),
      let epoch = try? decoder.decode(Self.self, from: data[start..<end]),
      epoch.epoch == after + epochs.count + 1
    {
      epochs.append(epoch)
      start = end + 1
    }
    return (epochs, start - data.startIndex)
  }
}
