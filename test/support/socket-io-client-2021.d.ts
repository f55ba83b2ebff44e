// Its own types are out of reach by its `exports`. What is used of it here is as it is today.
declare module "socket.io-client-2021" {
  export { io } from "socket.io-client";
}
