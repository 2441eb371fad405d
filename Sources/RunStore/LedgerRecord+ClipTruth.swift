extension LedgerRecord {
  /// A clip and its class.
  public struct ClipTruth: Codable, Sendable, Equatable {
    public var dataset: String
    public var subject: String
    public var clip: String
    public var truth: Int
    /// The name of the split that tests it.
    public var fold: String
    /// Its image's path, from the data's directory on; nil in older ledgers.
    public var image: String?

    public init(
      dataset: String, subject: String, clip: String, truth: Int, fold: String,
      image: String? = nil
    ) {
      self.dataset = dataset
      self.subject = subject
      self.clip = clip
      self.truth = truth
      self.fold = fold
      self.image = image
    }
  }
}
