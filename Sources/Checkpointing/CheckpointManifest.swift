import Digest
import Foundation
import Tasks

/// Which files make up a fold's checkpoints: the one file that says what is whole.
public struct CheckpointManifest: Sendable, Equatable {
  /// The latest format that this program knows.
  public static let newestFormat = 2

  /// Of the checkpoint's format; it stands at this place in every later format too.
  public var format = newestFormat
  public var task: TaskKey
  /// Over everything in the configuration that decides results.
  public var configurationSHA256: String
  public var dataSHA256: String
  /// Newest first.
  public var generations: [Generation]

  public init(
    task: TaskKey, configurationSHA256: String, dataSHA256: String, generations: [Generation]
  ) {
    self.task = task
    self.configurationSHA256 = configurationSHA256
    self.dataSHA256 = dataSHA256
    self.generations = generations
  }

  /// A fold's state after one of its steps.
  public struct Generation: Codable, Sendable, Equatable {
    public var number: Int
    /// ISO 8601.
    public var time: String
    /// Updates made.
    public var steps: Int
    /// Epochs completed, and batches completed of the next.
    public var epoch: Int
    public var batch: Int
    /// The full generation that this one holds the difference to; nil: it is full itself.
    public var base: Int?
    /// What it was computed on: bits are promised for one kind of CPU and one kernel of products.
    public var cpu: String
    public var kernel: String
    public var parts: [Part]

    public init(
      number: Int, time: String, steps: Int, epoch: Int, batch: Int, base: Int?, cpu: String,
      kernel: String, parts: [Part]
    ) {
      self.number = number
      self.time = time
      self.steps = steps
      self.epoch = epoch
      self.batch = batch
      self.base = base
      self.cpu = cpu
      self.kernel = kernel
      self.parts = parts
    }

    public var bytes: Int { parts.reduce(0) { $0 + $1.bytes } }
    /// The full generation that it rests on, which may be itself.
    public var full: Int { base ?? number }
  }

  /// What one rank wrote of a generation.
  public struct Part: Codable, Sendable, Equatable {
    public var file: String
    public var bytes: Int
    public var sha256: String
    /// First and one past the last of the flat gradient's elements.
    public var elements: [Int]

    public init(file: String, bytes: Int, sha256: String, elements: Range<Int>) {
      self.file = file
      self.bytes = bytes
      self.sha256 = sha256
      self.elements = [elements.lowerBound, elements.upperBound]
    }
  }

  /// Refuses the checkpoints of another fold or run.
  ///
  /// - Parameter configurationSHA256: nil: not compared.
  /// - Throws: `CheckpointError` naming what differs.
  public func checkBelongs(
    to task: TaskKey, configurationSHA256: String? = nil, dataSHA256: String, file: String
  ) throws {
    for (what, there, here) in [
      ("fold", "\(self.task)", "\(task)"),
      ("configuration", self.configurationSHA256, configurationSHA256 ?? self.configurationSHA256),
      ("data", self.dataSHA256, dataSHA256),
    ] where there != here {
      throw CheckpointError(
        file,
        "is of another \(what) (\(Self.short(there)) there, \(Self.short(here)) here); move that "
          + "directory away, or name another run")
    }
  }

  /// A digest's first digits; any other text as it is.
  private static func short(_ text: String) -> Substring {
    text.prefix(text.count == 64 ? 12 : .max)
  }

  /// The generation of this number.
  public subscript(number: Int) -> Generation? { generations.first { $0.number == number } }

  /// With a further generation, and without those beyond the newest `keep` that none of them needs.
  ///
  /// Where all of these rest on one full generation, the newest that rests on another stays too: one
  /// damaged file must not lose them all.
  public func adding(_ generation: Generation, keep: Int) -> Self {
    var result = self
    result.generations.insert(generation, at: 0)
    let kept = result.generations.prefix(max(keep, 1))
    var needed = Set(kept.map(\.number)).union(kept.compactMap(\.base))
    if keep > 1, kept.allSatisfy({ $0.full == generation.full }),
      let spare = result.generations.first(where: { $0.full != generation.full })
    {
      needed.formUnion([spare.number, spare.full])
    }
    result.generations.removeAll { !needed.contains($0.number) }
    return result
  }

  // MARK: - The file

  /// Longest manifest that is read, in bytes.
  static let longestFile = 16 << 20

  private struct File: Codable {
    var manifest: CheckpointManifest
    /// Over `manifest` as JSON with sorted keys and no spaces.
    let sha256: String

    var isWhole: Bool {
      (try? canonical(manifest)).map { SHA256.hexadecimal(of: $0) } == sha256
    }
  }

  /// As much of a file as every format shares.
  private struct AnyFormat: Decodable {
    struct Manifest: Decodable { let format: Int }
    let manifest: Manifest
  }

  private static func canonical(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(value)
  }

  func encoded() throws -> Data {
    try Self.canonical(File(manifest: self, sha256: SHA256.hexadecimal(of: Self.canonical(self))))
      + [UInt8(ascii: "\n")]
  }

  /// Reads a manifest's file and checks all that it says.
  ///
  /// - Throws: `CheckpointError` if it is damaged, `NewerCheckpointFormat`.
  public init(_ data: Data, file: String) throws {
    guard data.count <= Self.longestFile else {
      throw CheckpointError(file, "has \(data.count) bytes, too many for a manifest")
    }
    if let format = try? JSONDecoder().decode(AnyFormat.self, from: data).manifest.format,
      format > Self.newestFormat, !Self.isOfKnownFormat(data)
    {
      throw NewerCheckpointFormat(file: file, format: format)
    }
    guard let content = try? JSONDecoder().decode(File.self, from: data),
      content.isWhole
    else { throw CheckpointError(file, "is damaged") }
    self = content.manifest
    guard isConsistent else { throw CheckpointError(file, "contradicts itself") }
  }

  /// Whether a file that claims a later format has the hash of one of ours: then it is ours, and only
  /// the number was changed. A file that really is of a later format may use its hash otherwise, so
  /// it cannot be called damaged.
  private static func isOfKnownFormat(_ data: Data) -> Bool {
    guard var content = try? JSONDecoder().decode(File.self, from: data) else { return false }
    return (1...newestFormat).contains { format in
      content.manifest.format = format
      return content.isWhole
    }
  }

  private var isConsistent: Bool {
    let numbers = generations.map(\.number)
    guard (1...Self.newestFormat).contains(format), numbers == Set(numbers).sorted(by: >),
      numbers.allSatisfy({ $0 >= 0 })
    else { return false }
    return generations.allSatisfy { generation in
      var end = 0
      for (index, part) in generation.parts.enumerated() {
        let name = CheckpointStore.fileName(
          generation: generation.number, part: index, of: generation.parts.count)
        guard part.file == name, part.bytes > 0, part.elements.count == 2, part.elements[0] == end,
          part.elements[1] >= end
        else { return false }
        end = part.elements[1]
      }
      guard !generation.parts.isEmpty, generation.steps >= 0, generation.epoch >= 0,
        generation.batch >= 0
      else { return false }
      guard let base = generation.base else { return true }
      guard let full = self[base], full.base == nil else { return false }
      return base < generation.number
        && full.parts.map(\.elements) == generation.parts.map(\.elements)
    }
  }
}

extension CheckpointManifest: Codable {
  private enum Keys: String, CodingKey {
    case format, task, subject, configurationSHA256, dataSHA256, generations
  }

  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Keys.self)
    format = try fields.decode(Int.self, forKey: .format)
    // In format 1 a fold was its subject.
    if let subject = try fields.decodeIfPresent(String.self, forKey: .subject) {
      task = TaskKey(split: subject)
    } else {
      task = try fields.decode(TaskKey.self, forKey: .task)
    }
    configurationSHA256 = try fields.decode(String.self, forKey: .configurationSHA256)
    dataSHA256 = try fields.decode(String.self, forKey: .dataSHA256)
    generations = try fields.decode([Generation].self, forKey: .generations)
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: Keys.self)
    try fields.encode(format, forKey: .format)
    if format == 1 {
      try fields.encode(task.split, forKey: .subject)
    } else {
      try fields.encode(task, forKey: .task)
    }
    try fields.encode(configurationSHA256, forKey: .configurationSHA256)
    try fields.encode(dataSHA256, forKey: .dataSHA256)
    try fields.encode(generations, forKey: .generations)
  }
}
