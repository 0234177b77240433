-- ESP-NOW for Wireshark: raw messages, and the messages of Espressif's esp-now component with its services.
--
--    wireshark -X lua_script:espnow.lua capture.pcapng
--    tshark -X lua_script:espnow.lua -r capture.pcapng -Y espnow.message -V
--
-- Filters: espnow, espnow.version, espnow.payload, espnow.message.type == "control_data", espnow.control.responder_attribute …
-- Wireshark hands vendor-specific action frames of 18:FE:34 over. Frames under CCMP stay closed: `sim decode --key` opens them.

local OUI = 0x18fe34
local ELEMENT_ID, ELEMENT_TYPE = 221, 4
local ELEMENT_HEAD = 7
local HEADER = 20
local MESSAGE_VERSION = 2

-- ---- Raw ESP-NOW (ESP-IDF, "ESP-NOW", Frame Format) ----

local espnow = Proto("espnow", "ESP-NOW")
local f = {
    random = ProtoField.bytes("espnow.random", "Random values"),
    element = ProtoField.none("espnow.element", "Vendor element"),
    length = ProtoField.uint8("espnow.length", "Length"),
    version = ProtoField.uint8("espnow.version", "Version", base.DEC, nil, 0x0f),
    more = ProtoField.bool("espnow.more", "Another element follows", 8, nil, 0x10),
    body = ProtoField.bytes("espnow.body", "Body"),
    payload = ProtoField.bytes("espnow.payload", "Payload"),
    payload_length = ProtoField.uint16("espnow.payload_length", "Payload length"),
}
espnow.fields = f
local x = {
    malformed = ProtoExpert.new("espnow.malformed", "Malformed ESP-NOW", expert.group.MALFORMED, expert.severity.ERROR),
    group = ProtoExpert.new("espnow.group_address",
        "A group address: nobody acknowledges, nothing is repeated or encrypted",
        expert.group.COMMENTS_GROUP, expert.severity.NOTE),
}
espnow.experts = x
espnow.prefs.messages = Pref.bool("Read payloads as messages of the esp-now component", true,
    "A payload is taken for a message if its version, its unused bits and its length octet fit.")

-- ---- The component's messages (esp-now v2.6, espnow.h and the services' headers) ----

local message = Proto("espnow.message", "ESP-NOW message")
local TYPES = {
    [0] = "ack", "forward", "group", "provisioning", "control_bind", "control_data", "ota_status", "ota_data",
    "debug_log", "debug_command", "data", "security_status", "security", "security_data", "timesync", "reserved",
}
local CHANNELS = { [0] = "current", [15] = "all" }
for channel = 1, 14 do CHANNELS[channel] = "channel " .. channel end
local ATTRIBUTES = {
    [0x0001] = "power", [0x0002] = "power add", [0x0003] = "attribute",
    [0x0101] = "brightness", [0x0102] = "brightness add", [0x0103] = "hue", [0x0104] = "hue add",
    [0x0105] = "saturation", [0x0106] = "saturation add", [0x0107] = "warm", [0x0108] = "warm add",
    [0x0109] = "cold", [0x010a] = "cold add", [0x010b] = "red", [0x010c] = "red add", [0x010d] = "green",
    [0x010e] = "green add", [0x010f] = "blue", [0x0110] = "blue add", [0x0111] = "mode", [0x0112] = "mode add",
    [0x0301] = "battery low", [0x0302] = "battery level", [0x0303] = "charging",
}
for key = 1, 10 do ATTRIBUTES[0x0200 + key] = "key " .. key end
local OTA = { [0] = "request", "info", "data", "status" }
local OTA_ERRORS = {
    [0] = "none", [0x1001] = "not initialised", [0x1002] = "partition", [0x1003] = "invalid image", [0x1004] = "incomplete",
    [0x1005] = "flash", [0x1006] = "finished", [0x1007] = "no such device", [0x1008] = "no answer",
    [0x1009] = "not configured", [0x100a] = "stopped", [0x100b] = "already running",
}
local SECURITY = { [0] = "request", "info", "handshake", "key", "key response", "reset" }
local PROVISIONING = { [0] = "beacon", "device", "wifi" }
local TIMESYNC = { [1] = "broadcast", [2] = "request" }
local JOIN = { [0] = "leave", [1] = "join" }

local m = {
    type = ProtoField.string("espnow.message.type", "Type"),
    version = ProtoField.uint8("espnow.message.version", "Version", base.DEC, nil, 0x30),
    size = ProtoField.uint8("espnow.message.size", "Payload length modulo 256"),
    magic = ProtoField.uint16("espnow.message.magic", "Magic", base.HEX),
    channel = ProtoField.uint24("espnow.message.channel", "Channel", base.DEC, CHANNELS, 0x00000f),
    adjacent = ProtoField.bool("espnow.message.filter_adjacent_channel", "Filter adjacent channel", 24, nil, 0x000010),
    weak = ProtoField.bool("espnow.message.filter_weak_signal", "Filter weak signal", 24, nil, 0x000020),
    security = ProtoField.bool("espnow.message.security", "Secured", 24, nil, 0x000040),
    broadcast = ProtoField.bool("espnow.message.broadcast", "Broadcast", 24, nil, 0x000800),
    group = ProtoField.bool("espnow.message.group", "To a group", 24, nil, 0x001000),
    ack = ProtoField.bool("espnow.message.ack", "Wants an ack", 24, nil, 0x002000),
    retransmit = ProtoField.uint24("espnow.message.retransmit_count", "Retransmit count", base.DEC, nil, 0x07c000),
    ttl = ProtoField.uint24("espnow.message.forward_ttl", "Forward TTL", base.DEC, nil, 0xf80000),
    rssi = ProtoField.int8("espnow.message.forward_rssi", "Forward RSSI (dBm)"),
    destination = ProtoField.ether("espnow.message.destination", "Destination"),
    group_id = ProtoField.string("espnow.message.group_id", "Group"),
    source = ProtoField.ether("espnow.message.source", "Source"),
    payload = ProtoField.bytes("espnow.message.payload", "Payload"),
    sealed = ProtoField.bytes("espnow.message.ciphertext", "Ciphertext (AES-128-CCM)"),
    tag = ProtoField.bytes("espnow.message.tag", "Tag"),
    nonce = ProtoField.bytes("espnow.message.nonce", "Nonce"),

    group_change = ProtoField.uint8("espnow.group.change", "Change", base.DEC, JOIN),
    group_name = ProtoField.string("espnow.group.name", "Group"),
    group_count = ProtoField.uint8("espnow.group.count", "Members"),
    group_member = ProtoField.ether("espnow.group.member", "Member"),

    initiator = ProtoField.uint32("espnow.control.initiator_attribute", "Initiator attribute", base.HEX, ATTRIBUTES),
    responder = ProtoField.uint32("espnow.control.responder_attribute", "Responder attribute", base.HEX, ATTRIBUTES),
    bind = ProtoField.bool("espnow.control.bind", "Bind"),
    value_int = ProtoField.int32("espnow.control.value", "Value"),
    value_float = ProtoField.float("espnow.control.value_float", "Value as a float"),
    value_text = ProtoField.string("espnow.control.value_text", "Value as text"),

    prov_type = ProtoField.uint8("espnow.provisioning.type", "Record", base.DEC, PROVISIONING),
    product = ProtoField.string("espnow.provisioning.product_id", "Product"),
    device = ProtoField.string("espnow.provisioning.device_name", "Device name"),
    auth = ProtoField.uint32("espnow.provisioning.auth_mode", "Authentication"),
    secret = ProtoField.bytes("espnow.provisioning.secret", "Secret"),
    wifi_mode = ProtoField.uint32("espnow.provisioning.wifi_mode", "Wi-Fi mode", base.DEC,
        { [0] = "none", "station", "access point", "both" }),
    ssid = ProtoField.string("espnow.provisioning.ssid", "SSID"),
    wifi_rest = ProtoField.bytes("espnow.provisioning.wifi", "Rest of the Wi-Fi record"),

    ota_type = ProtoField.uint8("espnow.ota.type", "Packet", base.DEC, OTA),
    ota_sequence = ProtoField.uint16("espnow.ota.sequence", "Sequence"),
    ota_size = ProtoField.uint8("espnow.ota.size", "Octets"),
    ota_data = ProtoField.bytes("espnow.ota.data", "Data"),
    ota_hash = ProtoField.bytes("espnow.ota.sha256", "Image (first 16 octets of its SHA-256)"),
    ota_error = ProtoField.uint16("espnow.ota.error", "Error", base.HEX, OTA_ERRORS),
    ota_packets = ProtoField.uint16("espnow.ota.packets", "Packets"),
    ota_total = ProtoField.uint32("espnow.ota.total", "Octets in all"),
    ota_written = ProtoField.uint32("espnow.ota.written", "Octets written"),
    ota_page = ProtoField.uint8("espnow.ota.page", "Page of the bitmap"),
    ota_bitmap = ProtoField.bytes("espnow.ota.bitmap", "Packets written"),
    ota_missing = ProtoField.uint16("espnow.ota.missing", "Packets missing on this page"),
    app_version = ProtoField.string("espnow.ota.app_version", "Application version"),
    app_project = ProtoField.string("espnow.ota.app_project", "Project"),

    log = ProtoField.string("espnow.debug.log", "Log"),
    command = ProtoField.string("espnow.debug.command", "Command"),

    security_type = ProtoField.uint8("espnow.security.type", "Packet", base.DEC, SECURITY),
    security_size = ProtoField.uint8("espnow.security.size", "Octets"),
    security_step = ProtoField.string("espnow.security.step", "Step"),
    security_data = ProtoField.bytes("espnow.security.data", "Data"),
    client_key = ProtoField.bytes("espnow.security.client_public_key", "Client's public key"),
    device_key = ProtoField.bytes("espnow.security.device_public_key", "Device's public key"),
    device_random = ProtoField.bytes("espnow.security.device_random", "Device's random octets"),
    verify = ProtoField.bytes("espnow.security.verify", "Proof"),
    status = ProtoField.uint8("espnow.security.status", "Status"),
    client = ProtoField.ether("espnow.security.client", "Client"),

    time_version = ProtoField.uint8("espnow.time.version", "Version"),
    time_type = ProtoField.uint8("espnow.time.type", "Packet", base.DEC, TIMESYNC),
    time_boot = ProtoField.int64("espnow.time.since_boot", "Since boot (µs)"),
    time_utc = ProtoField.int64("espnow.time.utc", "UTC (µs since 1970; 0 = not known)"),
}
message.fields = m
local short = ProtoExpert.new("espnow.message.short", "The payload ends too early",
    expert.group.MALFORMED, expert.severity.WARN)
message.experts = { short }

-- Whether a bit, given as a power of two, is set. Wireshark comes with Lua 5.2 or 5.4; their operators for bits differ.
local function is_set(value, bit)
    return math.floor(value / bit) % 2 == 1
end

-- Text up to its first NUL.
local function text(range)
    return range:string():match("^[^\0]*")
end

-- A group's identifier: letters where it has some, else its octets.
local function group_name(range)
    local name = text(range)
    if name:match("^[%g ]+$") then return name end
    return tostring(range:ether())
end

-- Each of these gets the payload, its place in the tree and the message's type, and gives a summary.
local services = {}

function services.group(tvb, tree)
    if tvb:len() < 8 then return nil end
    tree:add(m.group_change, tvb(0, 1))
    tree:add(m.group_name, tvb(1, 6), group_name(tvb(1, 6)))
    tree:add(m.group_count, tvb(7, 1))
    local count = tvb(7, 1):uint()
    if tvb:len() < 8 + 6 * count then return nil end
    for member = 0, count - 1 do tree:add(m.group_member, tvb(8 + 6 * member, 6)) end
    local verb = tvb(0, 1):uint() == 0 and "leave" or "join"
    return string.format("%d %s %s", count, verb, group_name(tvb(1, 6)))
end

local function attribute(range)
    local number = range:le_uint()
    return ATTRIBUTES[number] or string.format("0x%x", number)
end

local function control(tvb, tree, kind)
    if tvb:len() < 12 then return nil end
    tree:add_le(m.initiator, tvb(0, 4))
    tree:add_le(m.responder, tvb(4, 4))
    if kind == "control_bind" then
        local bind = tvb(8, 1):uint() ~= 0
        tree:add(m.bind, tvb(8, 4), bind)
        return string.format("%s %s", bind and "bind" or "unbind", attribute(tvb(0, 4)))
    end
    local length = tvb(11, 1):uint()
    if tvb:len() > 12 and tvb(8, 3):le_uint() == 0 and length <= tvb:len() - 12 then
        local value = text(tvb(12))
        tree:add(m.value_text, tvb(12), value)
        return string.format("%s = %q", attribute(tvb(4, 4)), value)
    end
    tree:add_le(m.value_int, tvb(8, 4))
    tree:add_le(m.value_float, tvb(8, 4))
    return string.format("%s = %d", attribute(tvb(4, 4)), tvb(8, 4):le_int())
end

services.control_bind = control
services.control_data = control

function services.provisioning(tvb, tree)
    if tvb:len() < 33 then return nil end
    local record = tvb(0, 1):uint()
    tree:add(m.prov_type, tvb(0, 1))
    if record == 2 then
        tree:add_le(m.wifi_mode, tvb(1, 4))
        tree:add(m.ssid, tvb(5, 28), text(tvb(5, math.min(32, tvb:len() - 5))))
        tree:add(m.wifi_rest, tvb(5))
        return "Wi-Fi record"
    end
    tree:add(m.product, tvb(1, 16), text(tvb(1, 16)))
    tree:add(m.device, tvb(17, 16), text(tvb(17, 16)))
    if record == 1 and tvb:len() >= 69 then
        tree:add_le(m.auth, tvb(33, 4))
        tree:add(m.secret, tvb(37, 32))
    end
    return string.format("%s %s", PROVISIONING[record] or record, text(tvb(17, 16)))
end

local function ota(tvb, tree)
    if tvb:len() < 1 then return nil end
    local packet = tvb(0, 1):uint()
    tree:add(m.ota_type, tvb(0, 1))
    if packet == 0 then
        return "request"
    elseif packet == 1 then
        if tvb:len() < 84 then return nil end
        tree:add(m.app_version, tvb(20, 32), text(tvb(20, 32)))
        tree:add(m.app_project, tvb(52, 32), text(tvb(52, 32)))
        return string.format("info %s %s", text(tvb(52, 32)), text(tvb(20, 32)))
    elseif packet == 2 then
        if tvb:len() < 4 then return nil end
        tree:add_le(m.ota_sequence, tvb(1, 2))
        tree:add(m.ota_size, tvb(3, 1))
        if tvb:len() > 4 then tree:add(m.ota_data, tvb(4)) end
        return string.format("data %d", tvb(1, 2):le_uint())
    elseif packet == 3 then
        if tvb:len() < 30 then return nil end
        tree:add(m.ota_hash, tvb(1, 16))
        tree:add_le(m.ota_error, tvb(17, 2))
        tree:add_le(m.ota_packets, tvb(19, 2))
        tree:add_le(m.ota_total, tvb(21, 4))
        tree:add_le(m.ota_written, tvb(25, 4))
        tree:add(m.ota_page, tvb(29, 1))
        local summary = string.format("status %d of %d octets", tvb(25, 4):le_uint(), tvb(21, 4):le_uint())
        if tvb:len() > 30 then
            local bitmap = tvb(30)
            local first = tvb(29, 1):uint() * bitmap:len() * 8
            local packets = math.min(bitmap:len() * 8, math.max(0, tvb(19, 2):le_uint() - first))
            local octets, missing = bitmap:bytes(), 0
            for packet_index = 0, packets - 1 do
                local octet = octets:get_index(math.floor(packet_index / 8))
                if not is_set(octet, 2 ^ (packet_index % 8)) then missing = missing + 1 end
            end
            tree:add(m.ota_bitmap, bitmap)
            tree:add(m.ota_missing, bitmap, missing):set_generated()
            summary = string.format("%s, %d missing", summary, missing)
        end
        return summary
    end
    return nil
end

services.ota_status = ota
services.ota_data = ota

function services.debug_log(tvb, tree)
    if tvb:len() < 1 then return nil end
    tree:add(m.log, tvb(), text(tvb()))
    return text(tvb()):gsub("%s+$", "")
end

function services.debug_command(tvb, tree)
    if tvb:len() < 1 then return nil end
    tree:add(m.command, tvb(), text(tvb()))
    return text(tvb()):gsub("%s+$", "")
end

-- Protocol buffers as protocomm's security 1 has them: one nested message in another, lengths below 128.
local SESSION = {
    [20] = { "session command 0", { [1] = m.client_key } },
    [21] = { "session response 0", { [1] = m.status, [2] = m.device_key, [3] = m.device_random } },
    [22] = { "session command 1", { [2] = m.verify } },
    [23] = { "session response 1", { [1] = m.status, [3] = m.verify } },
}

-- Calls `field(number, range)` for every field; gives false if the octets are no protocol buffer.
local function protobuf(range, field)
    local at = 0
    local function varint()
        local value, weight = 0, 1
        while at < range:len() and weight < 2 ^ 32 do
            local octet = range(at, 1):uint()
            at = at + 1
            value = value + octet % 0x80 * weight
            if octet < 0x80 then return value end
            weight = weight * 0x80
        end
        return nil
    end
    while at < range:len() do
        local key = varint()
        if not key then return false end
        local start, length = at, nil
        local wire = key % 8
        if wire == 0 then
            if not varint() then return false end
            length = at - start
        elseif wire == 2 then
            length = varint()
            start = at
            if not length or length < 0 or length > range:len() - at then return false end
            at = at + length
        else
            return false
        end
        -- An empty part of a buffer is none to Wireshark.
        if length > 0 then field(math.floor(key / 8), range(start, length)) end
    end
    return true
end

local function session(range, tree)
    local step
    local readable = protobuf(range, function(number, part)
        if number ~= 11 then return end
        protobuf(part, function(inner, body)
            local known = SESSION[inner]
            if not known then return end
            step = known[1]
            tree:add(m.security_step, body, step)
            protobuf(body, function(place, octets)
                if known[2][place] then tree:add(known[2][place], octets) end
            end)
        end)
    end)
    return readable and step or nil
end

local function security(tvb, tree)
    if tvb:len() < 1 then return nil end
    local packet = tvb(0, 1):uint()
    tree:add(m.security_type, tvb(0, 1))
    local name = SECURITY[packet] or tostring(packet)
    if packet >= 2 and packet <= 4 and tvb:len() > 2 then
        local length = tvb(1, 1):uint()
        tree:add(m.security_size, tvb(1, 1))
        if length > tvb:len() - 2 then return nil end
        if length == 0 then return name end
        tree:add(m.security_data, tvb(2, length))
        return packet == 2 and session(tvb(2, length), tree) or name
    elseif packet == 1 and tvb:len() >= 8 then
        tree:add(m.client, tvb(2, 6))
    end
    return name
end

services.security = security
services.security_status = security

function services.timesync(tvb, tree)
    if tvb:len() < 18 then return nil end
    tree:add(m.time_version, tvb(0, 1))
    tree:add(m.time_type, tvb(1, 1))
    tree:add_le(m.time_boot, tvb(2, 8))
    tree:add_le(m.time_utc, tvb(10, 8))
    return string.format("%s %s µs", TIMESYNC[tvb(1, 1):uint()] or "?", tostring(tvb(2, 8):le_int64()))
end

-- Whether a payload looks like one of the component's messages.
local function is_message(tvb)
    return tvb:len() >= HEADER
        and math.floor(tvb(0, 1):uint() / 16) == MESSAGE_VERSION
        and tvb(1, 1):uint() == (tvb:len() - HEADER) % 256
end

local function frame_head(tvb, tree)
    local head = tree:add(tvb(2, 6), "Frame head")
    head:add_le(m.magic, tvb(2, 2))
    local bits = tvb(4, 3)
    for _, field in ipairs({
        m.channel, m.adjacent, m.weak, m.security, m.broadcast, m.group, m.ack, m.retransmit, m.ttl,
    }) do
        head:add_le(field, bits)
    end
    head:add(m.rssi, tvb(7, 1))
    return bits:le_uint()
end

function message.dissector(tvb, pinfo, tree)
    local kind = TYPES[tvb(0, 1):uint() % 16]
    local subtree = tree:add(message, tvb(), "ESP-NOW message, " .. kind)
    subtree:add(m.type, tvb(0, 1), kind)
    subtree:add(m.version, tvb(0, 1))
    subtree:add(m.size, tvb(1, 1))
    local bits = frame_head(tvb, subtree)
    if is_set(bits, 0x001000) then
        subtree:add(m.group_id, tvb(8, 6), group_name(tvb(8, 6)))
    else
        subtree:add(m.destination, tvb(8, 6))
    end
    subtree:add(m.source, tvb(14, 6))
    local summary = ""
    if tvb:len() > HEADER then
        local payload = tvb(HEADER)
        local secured = is_set(bits, 0x000040)
        if secured and payload:len() >= 12 then
            if payload:len() > 12 then subtree:add(m.sealed, payload(0, payload:len() - 12)) end
            subtree:add(m.tag, payload(payload:len() - 12, 4))
            subtree:add(m.nonce, payload(payload:len() - 8, 8))
            summary = "secured"
        elseif services[kind] then
            local branch = subtree:add(m.payload, payload)
            local ok = services[kind](payload:tvb(), branch, kind)
            if ok then summary = ok else branch:add_proto_expert_info(short) end
        else
            subtree:add(m.payload, payload)
        end
    end
    pinfo.cols.info:set(string.format("%s %s", kind, summary))
    return tvb:len()
end

-- One element after the other; gives their bodies, or nil if they are not ESP-NOW.
local function elements(tvb, tree)
    local bodies, offset = {}, 0
    while offset < tvb:len() do
        local left = tvb:len() - offset
        if left < ELEMENT_HEAD or tvb(offset, 1):uint() ~= ELEMENT_ID then break end
        local length = tvb(offset + 1, 1):uint()
        if length < 5 or length + 2 > left or tvb(offset + 2, 3):uint() ~= OUI
            or tvb(offset + 5, 1):uint() ~= ELEMENT_TYPE then
            return nil
        end
        local branch = tree:add(f.element, tvb(offset, length + 2))
        branch:add(f.length, tvb(offset + 1, 1))
        branch:add(f.version, tvb(offset + 6, 1))
        branch:add(f.more, tvb(offset + 6, 1))
        if length > 5 then
            local body = tvb(offset + ELEMENT_HEAD, length - 5)
            branch:add(f.body, body)
            bodies[#bodies + 1] = body
        end
        local more = is_set(tvb(offset + 6, 1):uint(), 0x10)
        offset = offset + length + 2
        if not more then return bodies end
    end
    return nil
end

function espnow.dissector(tvb, pinfo, tree)
    if tvb:len() < 4 + ELEMENT_HEAD then return 0 end
    local subtree = tree:add(espnow, tvb())
    pinfo.cols.protocol:set("ESP-NOW")
    subtree:add(f.random, tvb(0, 4))
    local bodies = elements(tvb(4):tvb(), subtree)
    if not bodies then
        subtree:add_proto_expert_info(x.malformed)
        return tvb:len()
    end
    local payload
    if #bodies == 1 then
        payload = bodies[1]:tvb()
    elseif #bodies > 1 then
        local whole = ByteArray.new()
        for _, body in ipairs(bodies) do whole:append(body:bytes()) end
        payload = whole:tvb("ESP-NOW payload")
    end
    local length = payload and payload:len() or 0
    subtree:add(f.payload_length, length):set_generated()
    subtree:append_text(string.format(", %d octets", length))
    pinfo.cols.info:set(string.format("ESP-NOW, %d octets", length))
    if payload then
        subtree:add(f.payload, payload()):set_generated()
        if espnow.prefs.messages and is_message(payload) then
            message.dissector(payload, pinfo, tree)
        end
    end
    return tvb:len()
end

DissectorTable.get("wlan.action.vendor_specific"):add(OUI, espnow)
