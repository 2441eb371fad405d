import Tasks

/// What is kept of a finished fold: what the model said, never what it should have said.
public struct TaskResult: Sendable, Equatable {
  /// Of the file.
  public let format: Int
  public var task: TaskKey
  /// Its split's place among all splits.
  public var fold: Int
  /// Names of the test clips, in the order of the data set; of an inner training those held out, and
  /// perhaps the test clips after them.
  public var clips: [String]
  /// The places of an inner training's clips in the data set; nil: the clips are the split's.
  public var places: [Int]?
  /// Mean training loss of each epoch.
  public var losses: [Double]
  /// Test logits after the last epoch, [clips][classes].
  public var logits: [[Float]]
  /// Test logits after each epoch, [epochs][clips][classes]; only where a protocol needs them.
  public var logitsOfEveryEpoch: [[[Float]]]?
  public var weightsSHA256: String

  public init(
    task: TaskKey, fold: Int, clips: [String], places: [Int]? = nil, losses: [Double],
    logits: [[Float]], logitsOfEveryEpoch: [[[Float]]]?, weightsSHA256: String
  ) {
    format = RunFormat.newest
    self.task = task
    self.fold = fold
    self.clips = clips
    self.places = places
    self.losses = losses
    self.logits = logits
    self.logitsOfEveryEpoch = logitsOfEveryEpoch
    self.weightsSHA256 = weightsSHA256
  }
}

extension TaskResult: Codable {
  enum Keys: String, CodingKey {
    case format, task, subject, fold, clips, places, losses, logits
    case logitsOfEveryEpoch = "logits_of_every_epoch"
    case weightsSHA256 = "weights_sha256"
  }

  /// - Throws: `RunFormat.Newer`, or what a decoder throws.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Keys.self)
    // Before format 3 a result said neither its format nor more of its task than the subject.
    let format = try fields.decodeIfPresent(Int.self, forKey: .format) ?? 2
    guard format <= RunFormat.newest else { throw RunFormat.Newer(format: format) }
    self.format = format
    task =
      format < 3
      ? TaskKey(split: try fields.decode(String.self, forKey: .subject))
      : try fields.decode(TaskKey.self, forKey: .task)
    fold = try fields.decode(Int.self, forKey: .fold)
    clips = try fields.decode([String].self, forKey: .clips)
    places = try fields.decodeIfPresent([Int].self, forKey: .places)
    losses = try fields.decode([Double].self, forKey: .losses)
    logits = try fields.decode([[Float]].self, forKey: .logits)
    logitsOfEveryEpoch = try fields.decodeIfPresent([[[Float]]].self, forKey: .logitsOfEveryEpoch)
    weightsSHA256 = try fields.decode(String.self, forKey: .weightsSHA256)
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: Keys.self)
    try fields.encode(format, forKey: .format)
    try fields.encode(task, forKey: .task)
    try fields.encode(fold, forKey: .fold)
    try fields.encode(clips, forKey: .clips)
    try fields.encodeIfPresent(places, forKey: .places)
    try fields.encode(losses, forKey: .losses)
    try fields.encode(logits, forKey: .logits)
    try fields.encodeIfPresent(logitsOfEveryEpoch, forKey: .logitsOfEveryEpoch)
    try fields.encode(weightsSHA256, forKey: .weightsSHA256)
  }
}
