# esp32.Partition: the table of a generic board with 4 MiB of flash. What is in the partitions is in no flash here.

import _errors

_BLOCK = 4096
# Type, subtype, place, octets, name, whether it is encrypted: as in the firmware's table.
_TABLE = (
    (1, 2, 0x9000, 0x6000, "nvs", False),
    (1, 1, 0xF000, 0x1000, "phy_init", False),
    (0, 0, 0x10000, 0x1F0000, "factory", False),
    (1, 0x81, 0x200000, 0x200000, "vfs", False),
)
_ANY = 0xFF
_INIT, _DEINIT, _SYNC, _BLOCKS, _BLOCK_SIZE, _ERASE = 1, 2, 3, 4, 5, 6  # ioctl


class Partition:
    BOOT, RUNNING, TYPE_APP, TYPE_DATA = 0, 1, 0, 1

    def __init__(self, id, block_size=_BLOCK):
        if isinstance(id, int):
            if id not in (self.BOOT, self.RUNNING):
                raise ValueError()
            id = "factory"
        for entry in _TABLE:
            if entry[4] == id:
                self._entry, self._block = entry, block_size
                return
        raise _errors.OSError(_errors.ENOENT)

    def __repr__(self):
        return "<Partition type=%d, subtype=%d, address=%d, size=%d, label=%s, encrypted=%d>" % self._entry

    @classmethod
    def find(cls, type=TYPE_APP, subtype=_ANY, label=None, block_size=_BLOCK):
        return [
            cls(entry[4], block_size)
            for entry in _TABLE
            if entry[0] == type and subtype in (_ANY, entry[1]) and label in (None, entry[4])
        ]

    def info(self):
        return self._entry

    def ioctl(self, op, arg):
        if op in (_INIT, _DEINIT, _SYNC):
            return 0
        if op == _BLOCKS:
            return self._entry[3] // self._block
        if op == _ERASE:
            self._no_flash()
        return self._block if op == _BLOCK_SIZE else None

    def _no_flash(self, *_):
        raise _errors.OSError(_errors.EPERM)  # a virtual board's flash is its folder

    readblocks = writeblocks = _no_flash

    def get_next_update(self):
        raise _errors.OSError(_errors.ENOENT)  # this table has one application

    def set_boot(self):
        if self._entry[0] != self.TYPE_APP:
            raise OSError(-0x102, "ESP_ERR_INVALID_ARG")

    @staticmethod
    def mark_app_valid_cancel_rollback():
        pass
