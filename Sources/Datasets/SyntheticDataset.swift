import Elementary
import Files
import Foundation
import Random

/// Makes a data set of the release's layout that can be learnt but is not trivial.
///
/// A clip's flow is a sum of smooth bumps at eyes and mouth that depend on its class, with an
/// amplitude of its own, under its subject's constant field, gain and noise. Classes overlap.
public struct SyntheticDataset: Sendable {
  public var subjects: Int
  /// Clips of a subject, on average.
  public var clips: Int
  public var seed: UInt64
  static let side = 28

  /// - Throws: `DataError` for numbers out of range.
  public init(subjects: Int = 12, clips: Int = 6, seed: UInt64 = 1) throws {
    guard (2...4096).contains(subjects) else {
      throw DataError("--subjects", "\(subjects) is not in 2 … 4096")
    }
    guard (2...1024).contains(clips) else {
      throw DataError("--clips", "\(clips) is not in 2 … 1024")
    }
    self.subjects = subjects
    self.clips = clips
    self.seed = seed
  }

  private struct Subject {
    let dataset: String
    let name: String
    let generator: CounterGenerator
  }

  /// The datasets take turns; names are in the style of each.
  private func subject(_ index: Int) -> Subject {
    let number = index / 3 + 1
    let digits = String(number)
    func padded(_ width: Int) -> String {
      String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    let (dataset, name) = [
      ("casme2", "sub\(padded(2))"), ("samm", padded(3)), ("smic", "s\(digits)"),
    ][index % 3]
    return Subject(
      dataset: dataset, name: name,
      generator: CounterGenerator(seed: seed, fold: index, purpose: .syntheticData))
  }

  /// Writes the data set.
  ///
  /// - Returns: The number of clips.
  /// - Throws: `DataError` if there is a file or a directory that is not empty, `FileError` if it
  ///   cannot be written; nothing half-written stays.
  public func write(to directory: String) throws -> Int {
    switch try FileKind.of(directory) {
    case .file: throw DataError(directory, "is a file; name a directory with --output")
    case .directory:
      guard try FileKind.names(in: directory)?.isEmpty != false else {
        throw DataError(directory, "is not empty; name another directory with --output")
      }
    case nil: break
    }
    // Without a slash at its end, so that the temporary lies beside the directory, not in it.
    let directory = (directory as NSString).standardizingPath
    let temporary = directory + ".\(getpid()).tmp"
    do {
      try AtomicFile.makeDirectory(temporary + "/" + ReleaseFiles.images)
      let count = try writeFiles(temporary)
      guard rename(temporary, directory) == 0 else {
        throw FileError(path: directory, operation: "rename the finished directory")
      }
      return count
    } catch {
      try? FileManager.default.removeItem(atPath: temporary)
      guard let failure = error as? FileError else { throw error }
      throw FileError(path: directory, operation: "write the data set", code: failure.code)
    }
  }

  private func writeFiles(_ directory: String) throws -> Int {
    var labels = "dataset,sub,filename_o,label,apex,imagename,sub_filename\n"
    var landmarks =
      "dataset,sub,filename_o,detected," + Landmarks.columns.joined(separator: ",") + "\n"
    var count = 0
    for index in 0..<subjects {
      let subject = subject(index)
      let number = clips - 1 + subject.generator.integer(0, below: 3)
      for clip in 0..<number {
        let stream = CounterGenerator(
          seed: seed, fold: index, epoch: clip + 1, purpose: .syntheticData)
        // The shares of the composite: 250 : 109 : 83. The first clips hold every class in turn.
        let draw = stream.uniform(0)
        let label = clip == 0 ? index % 3 : draw < 0.566 ? 0 : draw < 0.812 ? 1 : 2
        let name = "clip\(clip + 1)"
        let points = landmarksOf(subject, stream)
        let image = image(label, points, subject, stream)
        let path =
          directory + "/\(ReleaseFiles.images)/"
          + ReleaseFiles.imageName(subject: subject.name, name: name)
        try Self.write(image.encoded(), to: path)
        let key = "\(subject.dataset),\(subject.name),\(name)"
        labels += "\(key),\(label),,\(subject.name)_\(name).jpg,\n"
        let values = points.values.map { String(format: "%.4f", $0) }.joined(separator: ",")
        landmarks += "\(key),1,\(values)\n"
        count += 1
      }
    }
    try Self.write(Data(labels.utf8), to: directory + "/" + ReleaseFiles.labels)
    try Self.write(Data(landmarks.utf8), to: directory + "/" + ReleaseFiles.landmarks)
    return count
  }

  /// Without syncing: the data set can be made again.
  private static func write(_ data: Data, to path: String) throws {
    let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw FileError(path: path, operation: "create the file") }
    defer { close(file) }
    try AtomicFile.writeAll(data, to: file, path: path)
  }

  /// The usual points, moved with the subject and a little with the clip.
  private func landmarksOf(_ subject: Subject, _ clip: CounterGenerator) -> Landmarks {
    Landmarks(
      Landmarks.published.values.enumerated().map { index, value in
        let moved =
          value + subject.generator.normal(20 + index % 2)
          + 0.4 * clip.normal(20 + index)
        return (min(max(moved, 1), 27) * 1e4).rounded() / 1e4
      })
  }

  /// Where a class moves the face, as (point, right, down): corners of the mouth down and brows
  /// together, corners up and out, or brows up and mouth open.
  private static let motions: [[(point: Int, right: Double, down: Double)]] = [
    [(0, 0.5, 0.8), (1, -0.5, 0.8), (3, 0.1, 0.6), (4, -0.1, 0.6)],
    [(3, -0.8, -0.8), (4, 0.8, -0.8), (0, 0, 0.2), (1, 0, 0.2)],
    [(0, 0, -1), (1, 0, -1), (3, 0, 0.5), (4, 0, 0.5)],
  ]

  private func image(
    _ label: Int, _ points: Landmarks, _ subject: Subject, _ clip: CounterGenerator
  ) -> PNGImage {
    let side = Self.side
    let places = [
      points.leftEye, points.rightEye, points.nose, points.leftMouth, points.rightMouth,
    ]
    let gain = (1 + 0.25 * subject.generator.normal(1)) * (0.55 + 0.9 * clip.uniform(2))
    let noise = 0.15 + 0.2 * subject.generator.uniform(2)
    var u = [Double](repeating: 0, count: side * side)
    var v = u
    for index in u.indices {
      let (x, y) = (Double(index % side), Double(index / side))
      u[index] =
        0.25 * subject.generator.normal(3) + 0.2 * subject.generator.normal(4) * (x / 14 - 1)
        + noise * clip.normal(100 + 2 * index)
      v[index] =
        0.25 * subject.generator.normal(5) + 0.2 * subject.generator.normal(6) * (y / 14 - 1)
        + noise * clip.normal(101 + 2 * index)
      for motion in Self.motions[label] {
        let place = places[motion.point]
        let distance = (x - place.x) * (x - place.x) + (y - place.y) * (y - place.y)
        let weight = gain * Elementary.exp(-distance / 18)
        u[index] += weight * motion.right
        v[index] += weight * motion.down
      }
    }
    func at(_ field: [Double], _ x: Int, _ y: Int) -> Double {
      field[min(max(y, 0), side - 1) * side + min(max(x, 0), side - 1)]
    }
    let strain = u.indices.map { index -> Double in
      let (x, y) = (index % side, index / side)
      let xx = (at(u, x + 1, y) - at(u, x - 1, y)) / 2
      let yy = (at(v, x, y + 1) - at(v, x, y - 1)) / 2
      let xy =
        (at(u, x, y + 1) - at(u, x, y - 1) + at(v, x + 1, y) - at(v, x - 1, y)) / 4
      return (xx * xx + yy * yy + 2 * xy * xy).squareRoot()
    }
    var pixels = [UInt8](repeating: 0, count: side * side * 3)
    for (channel, field) in [(2, u), (1, v), (0, strain)] {
      let (low, high) = (field.min() ?? 0, field.max() ?? 1)
      for index in field.indices {
        pixels[3 * index + channel] = UInt8(
          (255 * (field[index] - low) / max(high - low, 1e-12)).rounded())
      }
    }
    return PNGImage(width: side, height: side, pixels: pixels)
  }
}
