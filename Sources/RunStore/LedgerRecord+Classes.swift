import Evaluation

extension LedgerRecord.JobStarted {
  /// What each class is called, by label, in a ledger of any age.
  public var namesOfClasses: [String] {
    guard let classNames, classNames.count == classes else {
      return PublishedComposite.classNames(classes, datasets: Set(clips.map(\.dataset)))
    }
    return classNames
  }
}
