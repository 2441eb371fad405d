import Datasets

/// A colour picture that is drawn pixel by pixel.
package struct Picture {
  package typealias Colour = (red: UInt8, green: UInt8, blue: UInt8)

  package let width: Int
  package let height: Int
  /// Rows from the top, (red, green, blue) each.
  package private(set) var pixels: [UInt8]

  init(width: Int, height: Int, _ background: Colour) {
    self.width = width
    self.height = height
    pixels = (0..<width * height).flatMap { _ in
      [background.red, background.green, background.blue]
    }
  }

  /// Sets a pixel; outside the picture nothing happens.
  mutating func set(_ x: Int, _ y: Int, _ colour: Colour) {
    guard (0..<width).contains(x), (0..<height).contains(y) else { return }
    let place = 3 * (y * width + x)
    (pixels[place], pixels[place + 1], pixels[place + 2]) = (colour.red, colour.green, colour.blue)
  }

  mutating func fill(_ x: Int, _ y: Int, width: Int, height: Int, _ colour: Colour) {
    for row in y..<y + height { for column in x..<x + width { set(column, row, colour) } }
  }

  /// The outline of a rectangle, one pixel wide.
  mutating func frame(_ x: Int, _ y: Int, width: Int, height: Int, _ colour: Colour) {
    fill(x, y, width: width, height: 1, colour)
    fill(x, y + height - 1, width: width, height: 1, colour)
    fill(x, y, width: 1, height: height, colour)
    fill(x + width - 1, y, width: 1, height: height, colour)
  }

  /// Text in capitals, 4 × 6 dots a character, each dot `scale` pixels.
  mutating func write(_ text: String, _ x: Int, _ y: Int, scale: Int, _ colour: Colour) {
    for (place, character) in text.uppercased().enumerated() {
      let rows = Glyphs.rows(of: character)
      for (row, dots) in rows.enumerated() {
        for column in 0..<3 where dots & (4 >> column) != 0 {
          fill(
            x + (4 * place + column) * scale, y + row * scale, width: scale, height: scale, colour)
        }
      }
    }
  }
}

/// Letters of 3 × 5 dots, enough for the names of clips.
enum Glyphs {
  /// The five rows of a character, three bits each; a box for one that is not known.
  static func rows(of character: Character) -> [UInt8] {
    guard let octal = table[character] else { return [7, 5, 5, 5, 7] }
    return octal.compactMap { $0.wholeNumberValue.map(UInt8.init) }
  }

  /// Each digit is a row.
  private static let table: [Character: String] = [
    " ": "00000", "A": "25755", "B": "65656", "C": "34443", "D": "65556", "E": "74647",
    "F": "74644", "G": "34553", "H": "55755", "I": "72227", "J": "11152", "K": "55655",
    "L": "44447", "M": "57755", "N": "65555", "O": "25552", "P": "65644", "Q": "25573",
    "R": "65655", "S": "34216", "T": "72222", "U": "55557", "V": "55552", "W": "55775",
    "X": "55255", "Y": "55222", "Z": "71247", "0": "75557", "1": "26227", "2": "61247",
    "3": "61216", "4": "55711", "5": "74616", "6": "34757", "7": "71222", "8": "75757",
    "9": "75716", "-": "00700", "_": "00007", ".": "00002", ",": "00024", "/": "11244",
    ":": "02020", "=": "07070", "(": "24442", ")": "21112", "+": "02720", "%": "51245",
    "'": "22000", "#": "57575",
  ]
}
