extension LedgerRecord {
  /// A setting of the run.
  public struct Setting: Codable, Sendable, Equatable {
    /// What its tasks name; nil: the run's own.
    public var key: String?
    /// For people; empty: the run has no study.
    public var name: String
    public var values: [Value]
    public var dataSHA256: String
    /// The place of the setting whose tasks are its too; nil: it has its own.
    public var sameAs: Int?

    public init(
      key: String?, name: String, values: [Value], dataSHA256: String, sameAs: Int? = nil
    ) {
      self.key = key
      self.name = name
      self.values = values
      self.dataSHA256 = dataSHA256
      self.sameAs = sameAs
    }
  }

  /// A key of the configuration, and its value as YAML.
  public struct Value: Codable, Sendable, Equatable {
    public var key: String
    public var value: String

    public init(key: String, value: String) {
      self.key = key
      self.value = value
    }
  }
}
