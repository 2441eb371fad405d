/// What classes are called.
public enum ClassNames {
  /// The datasets of the published composite, in lower case.
  private static let publishedDatasets: Set = ["smic", "casme2", "samm"]
  /// Its classes, by label.
  static let published = ["negative", "positive", "surprise"]

  /// Whether labels are the composite's: all clips come from its datasets, and there are as many
  /// classes.
  ///
  /// - Parameter datasets: The names of all clips' datasets.
  public static func arePublished(_ classes: Int, datasets: Set<String>) -> Bool {
    classes == published.count
      && datasets.allSatisfy { publishedDatasets.contains($0.lowercased()) }
  }

  /// The name of each class, by label: the composite's where the labels are.
  public static func of(_ classes: Int, datasets: Set<String>) -> [String] {
    arePublished(classes, datasets: datasets)
      ? published : (0..<classes).map { "class \($0)" }
  }
}
