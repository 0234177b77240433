// What both scenarios share: 802.11b boards with the parameters of the comparison.

#pragma once

#include "ns3/boolean.h"
#include "ns3/config.h"
#include "ns3/double.h"
#include "ns3/mobility-helper.h"
#include "ns3/mobility-model.h"
#include "ns3/node-container.h"
#include "ns3/nstime.h"
#include "ns3/position-allocator.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/threshold-preamble-detection-model.h"
#include "ns3/uinteger.h"
#include "ns3/wifi-helper.h"
#include "ns3/wifi-mac-helper.h"
#include "ns3/wifi-net-device.h"
#include "ns3/wifi-phy.h"
#include "ns3/yans-wifi-channel.h"
#include "ns3/yans-wifi-helper.h"

#include <chrono>
#include <cmath>
#include <cstdint>
#include <sys/resource.h>
#include <vector>

namespace bench
{

/// Transmit power, dBm.
constexpr double TX_POWER_DBM = 20;
/// The weakest signal that a receiver notices and that makes the medium busy, dBm.
constexpr double SENSITIVITY_DBM = -98;
/// Noise in the receiver's 22 MHz, dBm.
constexpr double NOISE_DBM = -102;
/// What a preamble needs over noise and interference, dB.
constexpr double DETECTION_DB = 4;
/// Channel 1, Hz.
constexpr double FREQUENCY_HZ = 2.412e9;
constexpr double CHANNEL_WIDTH_MHZ = 22;

/// An ESP-NOW MPDU is this much longer than its payload, octets, FCS included.
constexpr uint32_t ESP_NOW_OVERHEAD = 43;
/// So is ns-3's ad hoc data frame: header, LLC/SNAP, FCS.
constexpr uint32_t DATA_OVERHEAD = 24 + 8 + 4;
/// The EtherType for local experiments.
constexpr uint16_t PROTOCOL = 0x88b5;

/// The octets to hand to a device so that its MPDU is as long as ESP-NOW's.
inline uint32_t
PacketSize(uint32_t payload)
{
    return payload + ESP_NOW_OVERHEAD - DATA_OVERHEAD;
}

/// Free-space loss at 1 m, dB.
inline double
ReferenceLossDb()
{
    constexpr double LIGHT_M_PER_S = 299'792'458;
    return 20 * std::log10(4 * M_PI * FREQUENCY_HZ / LIGHT_M_PER_S);
}

/// The noise figure that gives NOISE_DBM with ns-3's thermal noise (290 K).
inline double
NoiseFigureDb()
{
    constexpr double BOLTZMANN = 1.3803e-23;
    const double thermalW = BOLTZMANN * 290 * CHANNEL_WIDTH_MHZ * 1e6;
    return NOISE_DBM - (10 * std::log10(thermalW) + 30);
}

/// Puts a board at each position.
///
/// ns-3 takes the sensitivity as a figure for 20 MHz and raises it by 0.41 dB for a DSSS frame's 22 MHz. Without
/// `scaledSensitivity` this is undone, so that receivers hear down to SENSITIVITY_DBM.
inline std::vector<ns3::Ptr<ns3::WifiNetDevice>>
InstallBoards(const std::vector<ns3::Vector>& positions,
              ns3::Ptr<ns3::YansWifiChannel> channel,
              bool scaledSensitivity = true)
{
    using namespace ns3;

    NodeContainer nodes(positions.size());
    auto allocator = CreateObject<ListPositionAllocator>();
    for (const auto& position : positions)
    {
        allocator->Add(position);
    }
    MobilityHelper mobility;
    mobility.SetMobilityModel("ns3::ConstantPositionMobilityModel");
    mobility.SetPositionAllocator(allocator);
    mobility.Install(nodes);

    YansWifiPhyHelper phy;
    phy.SetChannel(channel);
    phy.Set("ChannelSettings", StringValue("{1, 22, BAND_2_4GHZ, 0}"));
    phy.Set("TxPowerStart", DoubleValue(TX_POWER_DBM));
    phy.Set("TxPowerEnd", DoubleValue(TX_POWER_DBM));
    const double scalingDb = 10 * std::log10(CHANNEL_WIDTH_MHZ / 20);
    phy.Set("RxSensitivity", DoubleValue(SENSITIVITY_DBM - (scaledSensitivity ? 0 : scalingDb)));
    phy.Set("RxNoiseFigure", DoubleValue(NoiseFigureDb()));
    // The first is for energy, the second for frames that could not be locked on.
    phy.Set("CcaEdThreshold", DoubleValue(SENSITIVITY_DBM));
    phy.Set("CcaSensitivity", DoubleValue(SENSITIVITY_DBM));
    phy.SetPreambleDetectionModel("ns3::ThresholdPreambleDetectionModel",
                                  "Threshold",
                                  DoubleValue(DETECTION_DB),
                                  "MinimumRssi",
                                  DoubleValue(SENSITIVITY_DBM));

    WifiMacHelper mac;
    mac.SetType("ns3::AdhocWifiMac", "QosSupported", BooleanValue(false));

    WifiHelper wifi;
    wifi.SetStandard(WIFI_STANDARD_80211b);
    wifi.SetRemoteStationManager("ns3::ConstantRateWifiManager",
                                 "DataMode",
                                 StringValue("DsssRate1Mbps"),
                                 "ControlMode",
                                 StringValue("DsssRate1Mbps"),
                                 "NonUnicastMode",
                                 StringValue("DsssRate1Mbps"),
                                 "MaxSsrc",
                                 UintegerValue(7));

    const auto devices = wifi.Install(phy, mac, nodes);
    std::vector<Ptr<WifiNetDevice>> boards;
    for (auto device = devices.Begin(); device != devices.End(); ++device)
    {
        boards.push_back(DynamicCast<WifiNetDevice>(*device));
    }
    return boards;
}

/// Runs the simulation so far described, and says how many seconds it took.
inline double
RunFor(ns3::Time length)
{
    ns3::Simulator::Stop(length);
    const auto began = std::chrono::steady_clock::now();
    ns3::Simulator::Run();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

/// The most memory that this process has had, MiB.
inline double
PeakMemoryMib()
{
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss / 1024.0;
}

} // namespace bench
