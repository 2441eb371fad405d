import Tasks

/// What a user asked for on the command line of `htnet train`.
public struct TrainRequest: Sendable {
  /// YAML file; nil: the defaults.
  public var configuration: String?
  /// Replaces `data.path`.
  public var data: String?
  /// The run directory.
  public var run: String
  /// `key.path=value`.
  public var overrides: [String]

  public init(configuration: String?, data: String?, run: String, overrides: [String]) {
    self.configuration = configuration
    self.data = data
    self.run = run
    self.overrides = overrides
  }

  /// `cluster.stall_seconds` if it is among the overrides, for what comes before the file is read; nil: it is
  /// not, or is no number that it can be.
  public var stallSeconds: Double? {
    let key = "cluster.stall_seconds="
    return overrides.last { $0.hasPrefix(key) }
      .flatMap { Int($0.dropFirst(key.count)) }
      .flatMap { ClusterConfiguration.stallLimits.contains($0) ? Double($0) : nil }
  }

  /// The same as arguments of `htnet`.
  public var arguments: [String] {
    var arguments = ["train"] + Self.option("--run", run)
    if let configuration { arguments += Self.option("--config", configuration) }
    if let data { arguments += Self.option("--data", data) }
    for override in overrides { arguments += ["--set", override] }
    return arguments
  }

  /// An option with its value: as one word where the value by itself would be taken for an option.
  private static func option(_ name: String, _ value: String) -> [String] {
    value.hasPrefix("-") ? ["\(name)=\(value)"] : [name, value]
  }
}
