import Datasets
import Foundation

/// A picture of clips, a row each: every channel, the map with the regions drawn in, and the composed
/// input.
public struct ContactSheet {
  /// Pixels of the picture for one of a map.
  private let zoom: Int
  private let side: Int
  private let channels: Int
  private let titles: [String]
  package private(set) var picture: Picture

  private static let margin = 8
  private static let caption = 14
  private static let background: Picture.Colour = (24, 24, 28)
  private static let ink: Picture.Colour = (235, 235, 235)
  /// Of the regions at the left eye, right eye, left and right corner of the mouth.
  private static let regionColours: [Picture.Colour] = [
    (255, 213, 0), (0, 229, 255), (255, 64, 129), (118, 255, 3),
  ]

  /// Most pixels of a picture, 100 million.
  private static let most = 100_000_000

  /// - Parameters:
  ///   - clips: The places of those that are shown.
  ///   - planes: What each channel is.
  /// - Throws: `DataError` if the picture would be too large.
  public init(
    _ source: SourceClips, _ dataset: Dataset, clips: [Int], regions: Regions, planes: [String]
  ) throws {
    side = dataset.side
    channels = dataset.channels
    zoom = max(1, 112 / side)
    // `red (horizontal flow)` is `horizontal`: a tile is narrow.
    titles =
      planes.map { plane in
        let inner = plane.split(separator: "(").last.map { $0.prefix { $0 != ")" } } ?? ""
        return String(inner.replacing(" flow", with: ""))
      } + [regions == .whole ? "map" : "regions", "input"]
    let tile = side * zoom
    let width = Self.margin + titles.count * (tile + Self.margin)
    let height = Self.margin + Self.caption + clips.count * (tile + Self.caption + Self.margin)
    guard width * height <= Self.most else {
      throw DataError(
        "--clips", "\(clips.count) clips need a picture of \(width) × \(height) pixels: name fewer")
    }
    picture = Picture(width: width, height: height, Self.background)
    for (place, title) in titles.enumerated() {
      picture.write(
        title, Self.margin + place * (tile + Self.margin), Self.margin, scale: 2, Self.ink)
    }
    let places = source.regionPlaces(regions)
    for (row, clip) in clips.enumerated() {
      let top = Self.margin + Self.caption + row * (tile + Self.caption + Self.margin)
      let name = source.clips[clip]
      picture.write(
        "\(name.person)/\(name.name)  \(dataset.classNames[name.label])", Self.margin, top,
        scale: 2, Self.ink)
      let y = top + Self.caption
      let samples = source.maps[clip].samples.map { UInt8($0 / 257) }
      for channel in 0..<channels { draw(samples, [channel], tile: channel, y) }
      draw(samples, colours, tile: channels, y)
      if regions != .whole { drawRegions(places[clip], y) }
      draw(dataset.image(clip).map { UInt8($0) }, colours, tile: channels + 1, y)
    }
  }

  /// The planes that are shown as red, green and blue.
  private var colours: [Int] { channels >= 3 ? [2, 1, 0] : [0] }

  private func left(_ tile: Int) -> Int { Self.margin + tile * (side * zoom + Self.margin) }

  private mutating func draw(_ samples: [UInt8], _ planes: [Int], tile: Int, _ y: Int) {
    let size = side * side
    for row in 0..<side {
      for column in 0..<side {
        let values = planes.map { samples[$0 * size + row * side + column] }
        picture.fill(
          left(tile) + column * zoom, y + row * zoom, width: zoom, height: zoom,
          values.count == 3 ? (values[0], values[1], values[2]) : (values[0], values[0], values[0]))
      }
    }
  }

  private mutating func drawRegions(_ places: RegionPlaces, _ y: Int) {
    let x = left(channels)
    for (corner, colour) in zip(places.corners, Self.regionColours) {
      picture.frame(
        x + corner[1] * zoom, y + corner[0] * zoom, width: places.side * zoom,
        height: places.side * zoom, colour)
    }
    for point in places.points {
      // Points outside are drawn at the edge.
      let (column, row) = (
        min(max(point[0], 0), Double(side)), min(max(point[1], 0), Double(side))
      )
      picture.fill(
        min(x + Int(column * Double(zoom)), x + side * zoom - 2) - 1,
        min(y + Int(row * Double(zoom)), y + side * zoom - 2) - 1, width: 3, height: 3, Self.ink)
    }
  }

  /// As a PNG file's bytes; the same clips give the same.
  public func png() throws -> Data {
    try PNGImage(width: picture.width, height: picture.height, pixels: picture.pixels).encoded()
  }
}
