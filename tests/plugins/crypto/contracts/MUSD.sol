// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import "@openzeppelin/contracts/token/ERC20/ERC20.sol";

contract MUSD is ERC20 {
    mapping(address => bool) public blacklisted;

    constructor() ERC20("MockUSD", "MUSD") {
        _mint(msg.sender, 1e15);
    }

    function decimals() public pure override returns (uint8) {
        return 6;
    }

    function setBlacklisted(address account) external {
        blacklisted[account] = true;
    }

    function _update(address from, address to, uint256 value) internal override {
        require(!blacklisted[to], "blacklisted");
        super._update(from, to, value);
    }
}
