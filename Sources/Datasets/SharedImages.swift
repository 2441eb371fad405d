import Wording

extension SourceClips {
  /// Clips whose images hold the same numbers, as groups in the clips' order.
  public var sameImages: [[Int]] {
    var groups: [[UInt16]: [Int]] = [:]
    for (clip, map) in maps.enumerated() { groups[map.samples, default: []].append(clip) }
    return groups.values.filter { $0.count > 1 }.sorted { $0[0] < $1[0] }
  }
}

extension Dataset {
  /// What is to be said of clips of several subjects that have one image; nil: there are none.
  public var sharedImagesWarning: String? {
    Wording.sharedImagesWarning(sharedImages) { "\(clips[$0].person)/\(clips[$0].name)" }
  }
}
