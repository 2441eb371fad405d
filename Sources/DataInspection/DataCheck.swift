import Datasets
import Evaluation

/// What a look at a data set finds, beyond what its reader refuses or warns of.
public struct DataCheck: Sendable {
  /// Clips whose images hold the same numbers.
  public struct Duplicates: Sendable, Equatable {
    public let clips: [String]
    /// Whether they are of several subjects, which is worse: training may have seen a test image.
    public let crossesSubjects: Bool
  }

  /// Where a clip's regions lie, and what was done to put them there.
  struct RegionFinding {
    let clip: String
    /// The most that a region was moved to lie inside the image, in pixels; 0: none was.
    let moved: Double
    let overlaps: Bool
  }

  let dataset: Dataset
  let regions: Regions
  public let duplicates: [Duplicates]
  /// Subjects all of whose clips are of one class, as `dataset/subject`, with the class.
  public let oneClass: [(person: Person, label: Int)]
  /// Subject names that several datasets have.
  public let namesakes: [String]
  /// Clips with a landmark outside the image.
  public let outside: [String]
  /// Clips of whose input, as it is composed, a channel is one number everywhere, by channel: `data.scaling=clip`
  /// makes it 0.
  public let constant: [[String]]
  let findings: [RegionFinding]
  /// Whether it is the composite of the paper.
  public let isComposite: Bool
  public let warnings: [String]

  /// - Parameters:
  ///   - source: The clips before their regions were composed.
  ///   - regions: How they are composed.
  public init(_ source: SourceClips, _ dataset: Dataset, regions: Regions) {
    self.dataset = dataset
    self.regions = regions
    let names = source.clips.map { "\($0.person)/\($0.name)" }
    duplicates = source.sameImages.map { clips in
      Duplicates(
        clips: clips.map { names[$0] }, crossesSubjects: dataset.sharedImages.contains(clips))
    }
    oneClass = dataset.persons.compactMap { person in
      let clips = source.clips.filter { $0.person == person }
      let labels = Set(clips.map(\.label))
      return labels.count == 1 && clips.count > 1 ? (person, clips[0].label) : nil
    }
    let bySubject = Dictionary(grouping: dataset.persons, by: \.subject)
    namesakes = bySubject.filter { $0.value.count > 1 }.keys.sorted()
    let places = source.regionPlaces(regions)
    outside =
      regions == .whole
      ? [] : names.indices.filter { !places[$0].areInside }.map { names[$0] }
    constant = Self.constantChannels(dataset, names)
    findings =
      regions == .whole
      ? []
      : names.indices.map {
        RegionFinding(clip: names[$0], moved: places[$0].moved, overlaps: places[$0].overlap)
      }
    isComposite = PublishedComposite.isAll(
      of: source.clips.map {
        .init(dataset: $0.dataset, subject: $0.subject, name: $0.name, label: $0.label)
      },
      classes: dataset.classNames.count)
    let crossed =
      regions == .whole ? 0 : places.count { $0.points[0][0] > $0.points[1][0] }
    warnings =
      dataset.warnings + dataset.classWarnings
      + (2 * crossed > places.count
        ? [
          "in \(crossed) of \(places.count) clips the left eye lies to the right of the right one: are "
            + "their columns exchanged? Left is left in the picture"
        ] : [])
  }

  private static func constantChannels(_ dataset: Dataset, _ names: [String]) -> [[String]] {
    let plane = dataset.side * dataset.side
    var found = [[String]](repeating: [], count: dataset.channels)
    for (clip, name) in names.enumerated() {
      let image = dataset.image(clip)
      for channel in found.indices {
        let samples = image[channel * plane..<(channel + 1) * plane]
        if samples.allSatisfy({ $0 == samples.first }) { found[channel].append(name) }
      }
    }
    return found
  }

  /// Clips of a dataset by class; nil: of all.
  func counts(of name: String?) -> (subjects: Int, clips: [Int]) {
    let clips = dataset.clips.filter { name == nil || $0.dataset == name }
    return (
      Set(clips.map(\.person)).count,
      dataset.classNames.indices.map { label in clips.count { $0.label == label } }
    )
  }

  /// Its datasets, in alphabetical order.
  var datasets: [String] { Set(dataset.clips.map(\.dataset)).sorted() }

  /// Clips with a region that was moved, and the most that one was, in pixels.
  public var moved: (clips: [String], most: Double) {
    let moved = findings.filter { $0.moved > 0 }
    return (moved.map(\.clip), moved.map(\.moved).max() ?? 0)
  }

  /// Clips two of whose regions share pixels.
  public var overlapping: [String] { findings.filter(\.overlaps).map(\.clip) }
}
