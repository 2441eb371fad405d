extension LedgerRecord.JobStarted {
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
}
