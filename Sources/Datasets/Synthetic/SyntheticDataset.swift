import Elementary
import Evaluation
import Random

/// Makes up a data set that can be learnt but is not trivial.
///
/// A clip's flow is a sum of smooth bumps at eyes and mouth that depend on its class, with an
/// amplitude of its own, under its subject's constant field, gain and noise. Classes overlap.
public struct SyntheticDataset: DatasetReader {
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

  public var path: String { "the made-up data" }

  public func read(_ shape: InputShape) throws -> SourceClips {
    let own = InputShape(classes: 3, channels: 3, side: Self.side)
    guard shape == own else {
      throw DataError(
        path,
        "has \(own.classes) classes, \(own.channels) channels and \(own.side) pixels a side, but "
          + "model.classes is \(shape.classes), model.channels \(shape.channels) and "
          + "model.image_size \(shape.side)")
    }
    var clips: [Clip] = []
    var maps: [FlowMap] = []
    var landmarks: [Landmarks] = []
    for index in 0..<subjects {
      for made in self.clips(ofSubject: index) {
        clips.append(made.clip)
        maps.append(made.map)
        landmarks.append(made.landmarks)
      }
    }
    return SourceClips(
      clips: clips, classNames: PublishedComposite.classNames, maps: maps, landmarks: landmarks,
      images: clips.map(ReleaseFiles.imagePath), warnings: [])
  }

  /// The clips of a subject, from 0.
  func clips(ofSubject index: Int) -> [(clip: Clip, landmarks: Landmarks, map: FlowMap)] {
    let subject = subject(index)
    let number = clips - 1 + subject.generator.integer(0, below: 3)
    return (0..<number).map { clip in
      let stream = CounterGenerator(
        seed: seed, fold: index, epoch: clip + 1, purpose: .syntheticData)
      // The shares of the composite: 250 : 109 : 83. The first clips hold every class in turn.
      let draw = stream.uniform(0)
      let label = clip == 0 ? index % 3 : draw < 0.566 ? 0 : draw < 0.812 ? 1 : 2
      let points = landmarksOf(subject, stream)
      return (
        Clip(
          dataset: subject.dataset, subject: subject.name, name: "clip\(clip + 1)", label: label),
        points, map(label, points, subject, stream)
      )
    }
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

  /// Strain, vertical and horizontal flow, as the release has them.
  private func map(
    _ label: Int, _ points: Landmarks, _ subject: Subject, _ clip: CounterGenerator
  ) -> FlowMap {
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
    let samples = [strain, v, u].flatMap { field -> [UInt16] in
      let (low, high) = (field.min() ?? 0, field.max() ?? 1)
      return field.map {
        257 * UInt16((255 * ($0 - low) / max(high - low, 1e-12)).rounded())
      }
    }
    return FlowMap(channels: 3, side: side, samples: samples)
  }
}
