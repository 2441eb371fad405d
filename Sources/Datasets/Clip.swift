/// One clip of a data set.
public struct Clip: Sendable, Equatable, Codable {
  /// Where it comes from: `smic`, `casme2` or `samm` in the composite.
  public let dataset: String
  /// Its subject's name in that dataset; `person` is the unit that is left out.
  public let subject: String
  /// Its name, unique for the subject.
  public let name: String
  /// Its class, from 0.
  public let label: Int

  public init(dataset: String, subject: String, name: String, label: Int) {
    self.dataset = dataset
    self.subject = subject
    self.name = name
    self.label = label
  }
}
