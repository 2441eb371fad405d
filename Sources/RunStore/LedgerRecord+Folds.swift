extension LedgerRecord.JobStarted {
  /// Stands among persons where weights do not say, or not all, whose clips they have seen.
  public static let unknownPersons = "unknown"

  /// The one fold of the run that a person on the command line means: by its name, or by
  /// `dataset/subject`.
  ///
  /// - Returns: nil if there is none, or more than one.
  public func fold(named text: String) -> String? {
    if subjects.contains(text) { return text }
    let meant = Set(
      clips.filter { $0.dataset + "/" + $0.subject == text }.map(\.foldName)
    ).filter(subjects.contains)
    return meant.count == 1 ? meant.first : nil
  }

  /// Whose clips a fold's weights have seen, `dataset/subject`: those that it trained on, and those
  /// of the weights that it started from.
  public func persons(seenBy fold: String) -> Set<String> {
    let trained = clips.filter { $0.foldName != fold }.map { $0.dataset + "/" + $0.subject }
    let start = initialWeightsSHA256 == nil ? [] : initialWeightsPersons ?? [Self.unknownPersons]
    return Set(trained + start)
  }
}
