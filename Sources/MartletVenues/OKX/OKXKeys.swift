// The keys of OKX's frequent messages, packed as the scanner packs them.

/// Keys of at most 7 letters: their bytes, the first lowest, and above them their number plus one.
enum OKXKeys {
    @inline(__always) static var arg: UInt64 { 0x0400_0000_0067_7261 }
    @inline(__always) static var data: UInt64 { 0x0500_0000_6174_6164 }
    @inline(__always) static var action: UInt64 { 0x0700_6e6f_6974_6361 }
    @inline(__always) static var event: UInt64 { 0x0600_0074_6e65_7665 }
    @inline(__always) static var code: UInt64 { 0x0500_0000_6564_6f63 }
    @inline(__always) static var message: UInt64 { 0x0400_0000_0067_736d }
    @inline(__always) static var identifier: UInt64 { 0x0300_0000_0000_6469 }
    @inline(__always) static var operation: UInt64 { 0x0300_0000_0000_706f }
    @inline(__always) static var table: UInt64 { 0x0600_0065_6c62_6174 }
    @inline(__always) static var channel: UInt64 { 0x086c_656e_6e61_6863 }
    @inline(__always) static var asks: UInt64 { 0x0500_0000_736b_7361 }
    @inline(__always) static var bids: UInt64 { 0x0500_0000_7364_6962 }
    @inline(__always) static var time: UInt64 { 0x0300_0000_0000_7374 }
    @inline(__always) static var sequence: UInt64 { 0x0600_0064_4971_6573 }
    @inline(__always) static var instrument: UInt64 { 0x0700_6449_7473_6e69 }
    @inline(__always) static var trade: UInt64 { 0x0864_4965_6461_7274 }
    @inline(__always) static var price: UInt64 { 0x0300_0000_0000_7870 }
    @inline(__always) static var size: UInt64 { 0x0300_0000_0000_7a73 }
    @inline(__always) static var side: UInt64 { 0x0500_0000_6564_6973 }
    @inline(__always) static var count: UInt64 { 0x0600_0074_6e75_6f63 }
    @inline(__always) static var askPrice: UInt64 { 0x0600_0078_506b_7361 }
    @inline(__always) static var askSize: UInt64 { 0x0600_007a_536b_7361 }
    @inline(__always) static var bidPrice: UInt64 { 0x0600_0078_5064_6962 }
    @inline(__always) static var bidSize: UInt64 { 0x0600_007a_5364_6962 }
}
