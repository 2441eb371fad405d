/// What is kept of a finished fold: what the model said, never what it should have said.
public struct FoldResult: Codable, Sendable, Equatable {
  /// The fold's name.
  public var subject: String
  /// Its place among all folds.
  public var fold: Int
  /// Names of the test clips, in the order of the data set.
  public var clips: [String]
  /// Mean training loss of each epoch.
  public var losses: [Double]
  /// Test logits after the last epoch, [clips][classes].
  public var logits: [[Float]]
  /// Test logits after each epoch, [epochs][clips][classes]; only where a protocol needs them.
  public var logitsOfEveryEpoch: [[[Float]]]?
  public var weightsSHA256: String

  enum CodingKeys: String, CodingKey {
    case subject, fold, clips, losses, logits
    case logitsOfEveryEpoch = "logits_of_every_epoch"
    case weightsSHA256 = "weights_sha256"
  }

  public init(
    subject: String, fold: Int, clips: [String], losses: [Double], logits: [[Float]],
    logitsOfEveryEpoch: [[[Float]]]?, weightsSHA256: String
  ) {
    self.subject = subject
    self.fold = fold
    self.clips = clips
    self.losses = losses
    self.logits = logits
    self.logitsOfEveryEpoch = logitsOfEveryEpoch
    self.weightsSHA256 = weightsSHA256
  }
}
