import Foundation
import RunStore

/// Pictures of a run's clips, for the page that shows those which it has wrong.
public enum ClipPictures: Sendable {
  /// Why there are none, in a sentence.
  case none(String)
  case of(Album)

  /// A square of a picture, in shares of its side: from its left and from its top.
  public struct Square: Sendable, Equatable {
    public let x: Double
    public let y: Double
    public let side: Double

    public init(x: Double, y: Double, side: Double) {
      (self.x, self.y, self.side) = (x, y, side)
    }
  }

  /// Maps and regions of the clips that the run knows.
  public struct Album: Sendable {
    /// In a sentence: what a picture's colours are.
    public let legend: String
    /// A square PNG of a clip's map; nil: there is none of that name.
    public let map: @Sendable (_ dataset: String, _ subject: String, _ clip: String) throws -> Data?
    /// The regions that the input of a setting (by its place) is composed of, of a clip: at the left eye,
    /// right eye, left and right corner of the mouth; empty: the whole map is the input.
    public let regions:
      @Sendable (_ setting: Int, _ dataset: String, _ subject: String, _ clip: String) -> [Square]

    public init(
      legend: String, map: @escaping @Sendable (String, String, String) throws -> Data?,
      regions: @escaping @Sendable (Int, String, String, String) -> [Square]
    ) {
      (self.legend, self.map, self.regions) = (legend, map, regions)
    }
  }
}
